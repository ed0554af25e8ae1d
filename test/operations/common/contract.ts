import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** An operation as the published contract declares it, read apart from the server's own reading. */
export interface DeclaredOperation {
  operationId: string;
  method: string;
  /** Below `/api/v1`, with parameters in braces. */
  path: string;
  /** Alternatives; each names the schemes that it needs. Empty: nobody is asked who they are. */
  security: string[][];
  parameters: DeclaredParameter[];
  /** Absent: the operation takes no body. */
  body?: { required: boolean; example: Record<string, unknown>; schema: Schema };
  /** Status → name of the response component that it refers to; null when it is written out. */
  responses: Record<string, string | null>;
  limits: { limit: number; window_seconds: number; key: string }[];
  cors: boolean;
  /** Any bytes are taken for a body, as long as they are signed. */
  rawBody: boolean;
  /** The limits in front of all operations don't count it. */
  beyondGlobalLimits: boolean;
}

export interface DeclaredParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  example: unknown;
}

/** The parts of a JSON schema that tests look at. */
export interface Schema {
  type?: string;
  format?: string;
  pattern?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Referring {
  $ref?: string;
  [name: string]: unknown;
}

const FILE = resolve(import.meta.dirname, '../../../generated/server/openapi.gen.json');
const document = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, unknown> & {
  paths: Record<string, Record<string, Referring>>;
};

/** Every operation of the contract, in its order. */
export const OPERATIONS: readonly DeclaredOperation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([, operation]) => typeof operation.operationId === 'string')
    .map(([method, operation]) => readOperation(method.toUpperCase(), path, operation)),
);

/** Limits in front of every operation but those beyond them. */
export const GLOBAL_LIMITS = document['x-rate-limit'] as DeclaredOperation['limits'];

/** The operation with that id. */
export function operationNamed(operationId: string): DeclaredOperation {
  const found = OPERATIONS.find((operation) => operation.operationId === operationId);
  if (!found) throw new Error(`The contract declares no ${operationId}.`);
  return found;
}

function readOperation(method: string, path: string, operation: Referring): DeclaredOperation {
  const security = operation.security as Record<string, unknown>[];
  const requestBody = operation.requestBody as Referring | undefined;
  return {
    operationId: operation.operationId as string,
    method,
    path,
    security: security.map((alternative) => Object.keys(alternative)),
    parameters: ((operation.parameters ?? []) as Referring[]).map((parameter) => ({
      required: false,
      ...(resolved(parameter) as unknown as Omit<DeclaredParameter, 'required'>),
    })),
    ...(requestBody ? { body: readBody(requestBody) } : {}),
    responses: Object.fromEntries(
      Object.entries(operation.responses as Record<string, Referring>).map(([status, response]) => [
        status,
        response.$ref?.split('/').at(-1) ?? null,
      ]),
    ),
    limits: operation['x-rate-limit'] as DeclaredOperation['limits'],
    cors: operation['x-cors'] === true,
    rawBody: operation['x-raw-body'] === true,
    beyondGlobalLimits: operation['x-beyond-global-limit'] === true,
  };
}

function readBody(requestBody: Referring): DeclaredOperation['body'] {
  const media = (requestBody.content as Record<string, Referring>)['application/json'] as Referring;
  const examples = Object.values((media.examples ?? {}) as Record<string, { value: unknown }>);
  return {
    required: requestBody.required === true,
    example: (media.example ?? examples[0]?.value ?? {}) as Record<string, unknown>,
    schema: resolvedDeep(media.schema) as Schema,
  };
}

function resolved(value: Referring): Referring {
  if (value.$ref === undefined) return value;
  const parts = value.$ref.slice('#/'.length).split('/');
  return parts.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], document) as Referring;
}

function resolvedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolvedDeep);
  if (typeof value !== 'object' || value === null) return value;
  const target = resolved(value as Referring);
  return Object.fromEntries(Object.entries(target).map(([name, part]) => [name, resolvedDeep(part)]));
}
