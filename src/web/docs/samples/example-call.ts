import type { ContractDocument } from '../../../http/contract-document.ts';

/** A call of an operation with the values that the contract gives as examples. */
export interface ExampleCall {
  operationId: string;
  tag: string;
  method: string;
  /** Below `/api/v1`, with parameters in braces. */
  path: string;
  pathValues: Record<string, unknown>;
  query: Record<string, unknown>;
  /** Those that are required. */
  headers: Record<string, string>;
  /** Undefined: the operation takes no body. */
  body: unknown;
  /** The security schemes of which one is enough. */
  schemes: string[];
  /** The bytes of the body count, not its meaning. */
  rawBody: boolean;
}

interface Declared {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  example?: unknown;
}

interface DeclaredOperation {
  operationId: string;
  tags: string[];
  security: Record<string, unknown>[];
  parameters?: Declared[];
  requestBody?: {
    content: { 'application/json': { example?: unknown; examples?: Record<string, { value: unknown }> } };
  };
  'x-raw-body'?: boolean;
}

/** A cursor is an answer's own word; an example of one leads nowhere. */
const OF_AN_ANSWER = ['cursor'];

/** The example of each operation, in the contract's order. */
export function exampleCalls(document: ContractDocument): ExampleCall[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) =>
      toCall(document, method.toUpperCase(), path, operation as DeclaredOperation),
    ),
  );
}

function toCall(document: ContractDocument, method: string, path: string, operation: DeclaredOperation): ExampleCall {
  const parameters = (operation.parameters ?? []).map((parameter) => resolve(document, parameter));
  const valuesIn = (place: string) =>
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === place && (place !== 'header' || parameter.required))
        .filter(({ name, example }) => example !== undefined && !OF_AN_ANSWER.includes(name))
        .map(({ name, example }) => [name, example]),
    );
  return {
    operationId: operation.operationId,
    tag: operation.tags[0] ?? '',
    method,
    path,
    pathValues: valuesIn('path'),
    query: valuesIn('query'),
    headers: valuesIn('header') as Record<string, string>,
    body: exampleBody(operation),
    schemes: operation.security.flatMap((alternative) => Object.keys(alternative)),
    rawBody: operation['x-raw-body'] === true,
  };
}

function exampleBody({ requestBody }: DeclaredOperation): unknown {
  const media = requestBody?.content['application/json'];
  const [first] = Object.values(media?.examples ?? {});
  return media?.example ?? first?.value;
}

function resolve(document: ContractDocument, parameter: Declared): Declared {
  if (parameter.$ref === undefined) return parameter;
  const parts = parameter.$ref.slice('#/'.length).split('/');
  return parts.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], document) as Declared;
}
