import { appendFileSync } from 'node:fs';
import {
  type ContractOperation,
  type ContractResponse,
  type ContractSchema,
  readContractText,
} from '../../src/http/contract-document.ts';
import { createResponseFaults } from '../../src/http/response-faults.ts';
import type { Answer } from './http.ts';
import { resolveAll } from './resolve-references.ts';

/** An operation with what the contract declares of its answers, references resolved. */
export type AnsweredOperation = Pick<ContractOperation, 'operationId' | 'method' | 'path' | 'responses'>;

/** Set for a process: faults of answers are added to that file, and the tests go on as if there were none. */
export const NOTED_FAULTS = 'TELEMY_NOTED_FAULTS';

/** Set by Node itself on its way to the wire. */
const OF_NODE = new Set(['date', 'keep-alive', 'transfer-encoding']);
const JSON_TYPE = 'application/json; charset=utf-8';

const responseFaults = createResponseFaults();
let closed: AnsweredOperation[] | undefined;

/** Every operation of the contract; methods in upper case, paths below `/api/v1`. */
export function readAnsweredOperations(): AnsweredOperation[] {
  const document = JSON.parse(readContractText());
  const { paths } = resolveAll(document, document) as { paths: Record<string, Record<string, ContractOperation>> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, { operationId }]) => typeof operationId === 'string')
      .map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** Whether a path, its values still encoded, is one of that template. */
export function isPathOf(template: string, path: string): boolean {
  const steps = path.split('/');
  const names = template.split('/');
  return names.length === steps.length && names.every((name, index) => name.startsWith('{') || name === steps[index]);
}

/**
 * What is wrong with an answer by the contract, as a client sees it: all that the server's own check looks for, the
 * content type, and fields that the contract doesn't declare. Clients ignore such fields; this server must not send any.
 * Empty also for what is no operation.
 */
export function wireFaults(
  method: string,
  path: string,
  answer: Pick<Answer, 'status' | 'headers' | 'text'>,
): string[] {
  closed ??= readAnsweredOperations().map((operation) => ({ ...operation, responses: withClosedBodies(operation) }));
  const [bare = ''] = path.split('?');
  const operation = closed.find((one) => one.method === method && isPathOf(one.path, bare));
  if (!operation) return [];
  const { status, text } = answer;
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !OF_NODE.has(name)));
  const faults = responseFaults(operation as ContractOperation, status, bodyOf(text), headers);
  const type = headers['content-type'];
  if (text !== '' && type !== JSON_TYPE) faults.push(`the content type is ${type ?? 'not told'}`);
  return faults.map((fault) => `${operation.operationId} ${status}: ${fault}`);
}

/**
 * Holds an answer to the contract as it came over the wire: behind everything that the server does, its own check
 * included.
 *
 * @throws Error when it breaks the contract.
 */
export function holdToContract(method: string, path: string, answer: Answer): void {
  const faults = wireFaults(method, path, answer);
  if (faults.length === 0) return;
  const file = process.env[NOTED_FAULTS];
  if (file !== undefined) appendFileSync(file, `${faults.join('\n')}\n`);
  else throw new Error(`The answer breaks the contract on the wire:\n${faults.join('\n')}\n${answer.text}`);
}

function withClosedBodies({ responses }: AnsweredOperation): AnsweredOperation['responses'] {
  const entries = Object.entries(responses).map(([status, response]): [string, ContractResponse] => {
    const schema = response.content?.['application/json'].schema;
    return [
      status,
      schema ? { ...response, content: { 'application/json': { schema: closedSchema(schema) } } } : response,
    ];
  });
  return Object.fromEntries(entries);
}

/** The schema with every object in it closed to further fields, unless it says that they may come. */
function closedSchema(schema: ContractSchema): ContractSchema {
  const { properties, items } = schema;
  return {
    ...(properties ? { additionalProperties: false } : {}),
    ...schema,
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, closedSchema(part)])) }
      : {}),
    ...(items ? { items: closedSchema(items) } : {}),
  };
}

/** What is no JSON is a text, which no answer may be. */
function bodyOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
