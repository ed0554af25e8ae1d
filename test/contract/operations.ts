import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

interface Node {
  $ref?: string;
  [name: string]: unknown;
}

/** An operation of the contract, as tests see it. */
export interface OperationUnderTest {
  operationId: string;
  /** In upper case. */
  method: string;
  /** Below `/api/v1`, with its `{placeholders}`. */
  path: string;
  /** Names of the security schemes that let a caller in, each by itself. */
  schemes: string[];
  parameters: { name: string; in: string; required?: boolean; example: unknown }[];
  /** The first example of the request body; undefined without a body. */
  body: unknown;
  /** Whether any bytes are taken for a body, as long as they are signed. */
  rawBody: boolean;
  responses: ResponseUnderTest[];
}

export interface ResponseUnderTest {
  status: number;
  /** The component that it is, such as `RateLimited`; undefined for one of the operation's own. */
  component: string | undefined;
  /** Values of all examples; empty for an answer without a body. */
  examples: unknown[];
  /** The examples that have a name, in order. */
  named: { name: string; value: unknown }[];
  /** What is wrong with such an answer's body by its schema; empty for a good one. */
  bodyFaults(body: unknown): string[];
}

const DOCUMENT = JSON.parse(readFileSync(resolve('generated/server/openapi.gen.json'), 'utf8')) as {
  paths: Record<string, Record<string, Node>>;
  components: { securitySchemes: Record<string, { type: string; name?: string }> };
};
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Every operation that the contract declares. */
export function readOperations(): OperationUnderTest[] {
  const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true, validateSchema: false }));
  ajv.addSchema(DOCUMENT, 'contract');
  return Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => readOperation(ajv, path, method, item[method] as Node)),
  );
}

/** Every declared answer, as `METHOD /path/{template} status`. */
export function declaredKeys(): string[] {
  return readOperations().flatMap(({ method, path, responses }) =>
    responses.map(({ status }) => `${method} ${path} ${status}`),
  );
}

function readOperation(ajv: Ajv, path: string, method: string, operation: Node): OperationUnderTest {
  const security = operation.security as Record<string, string[]>[];
  const parameters = (operation.parameters ?? []) as Node[];
  return {
    operationId: String(operation.operationId),
    method: method.toUpperCase(),
    path,
    schemes: security.flatMap((requirement) => Object.keys(requirement)),
    parameters: parameters.map((node) => resolveRef(node) as unknown as OperationUnderTest['parameters'][number]),
    body: examplesOf(jsonContent(operation.requestBody as Node | undefined))[0],
    rawBody: operation['x-raw-body'] === true,
    responses: Object.entries(operation.responses as Record<string, Node>).map(([status, response]) =>
      readResponse(ajv, Number(status), response),
    ),
  };
}

function readResponse(ajv: Ajv, status: number, response: Node): ResponseUnderTest {
  const content = jsonContent(resolveRef(response));
  // Of our contract: answers name their schemas.
  const validate = content && ajv.compile({ $ref: `contract${(content.schema as Node).$ref}` });
  return {
    status,
    component: response.$ref?.split('/').at(-1),
    examples: examplesOf(content),
    named: namedOf(content),
    bodyFaults(body) {
      if (!validate) return body === undefined || body === '' ? [] : ['there is a body'];
      return validate(body) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
    },
  };
}

/** Headers that the scheme's credentials go in. */
export function credentials(scheme: string, value: string): Record<string, string> {
  const { type, name } = DOCUMENT.components.securitySchemes[scheme] ?? { type: 'none' };
  return type === 'http' ? { Authorization: `Bearer ${value}` } : { [name as string]: value };
}

/** The operation's path and headers, filled with the examples of its parameters. */
export function exampleRequest({ path, parameters }: OperationUnderTest): {
  path: string;
  headers: Record<string, string>;
} {
  const values = (where: string) =>
    parameters.filter((parameter) => parameter.in === where).map(({ name, example }) => [name, String(example)]);
  const filled = values('path').reduce((text, [name, value]) => text.replace(`{${name}}`, value as string), path);
  const query = new URLSearchParams(values('query') as [string, string][]).toString();
  return { path: query === '' ? filled : `${filled}?${query}`, headers: Object.fromEntries(values('header')) };
}

function jsonContent(node: Node | undefined): Node | undefined {
  return (node?.content as Record<string, Node> | undefined)?.['application/json'];
}

function examplesOf(content: Node | undefined): unknown[] {
  if (!content) return [];
  return [...('example' in content ? [content.example] : []), ...namedOf(content).map(({ value }) => value)];
}

function namedOf(content: Node | undefined): ResponseUnderTest['named'] {
  const examples = Object.entries((content?.examples ?? {}) as Record<string, Node>);
  return examples.map(([name, example]) => ({ name, value: resolveRef(example).value }));
}

function resolveRef(node: Node): Node {
  if (node.$ref === undefined) return node;
  const names = node.$ref.split('/').slice(1);
  return names.reduce<unknown>((value, name) => (value as Node)[name], DOCUMENT) as Node;
}
