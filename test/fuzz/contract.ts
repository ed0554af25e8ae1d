import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { resolveAll } from '../support/resolve-references.ts';
import type { Schema } from './schema-check.ts';

/** A parameter of an operation, references resolved. */
export interface FuzzParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}

/** An operation as the fuzzer needs it, read from the contract alone. */
export interface FuzzOperation {
  id: string;
  method: string;
  /** Below the base path, with its `{placeholders}`. */
  path: string;
  schemes: string[];
  parameters: FuzzParameter[];
  /** `raw`: taken as bytes; the schema only tells what is meant to be in it. */
  body: { schema: Schema; required: boolean; raw: boolean } | undefined;
  statuses: number[];
}

type Node = Record<string, unknown>;

export const BASE_PATH = '/api/v1';
const FILE = resolve(import.meta.dirname, '../../generated/server/openapi.gen.json');
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Every operation of the contract. */
export function readFuzzOperations(): FuzzOperation[] {
  const document = JSON.parse(readFileSync(FILE, 'utf8')) as Node;
  const whole = resolveAll(document, document) as { paths: Record<string, Record<string, Node>> };
  return Object.entries(whole.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => toOperation(path, method, item[method] as Node)),
  );
}

function toOperation(path: string, method: string, operation: Node): FuzzOperation {
  const body = operation.requestBody as { required?: boolean; content: Record<string, { schema: Schema }> } | undefined;
  return {
    id: String(operation.operationId),
    method: method.toUpperCase(),
    path,
    schemes: (operation.security as Node[]).flatMap((requirement) => Object.keys(requirement)),
    parameters: ((operation.parameters ?? []) as FuzzParameter[]).map((parameter) => ({
      ...parameter,
      required: parameter.required === true,
    })),
    body: body && {
      schema: (body.content['application/json'] as { schema: Schema }).schema,
      required: body.required === true,
      raw: operation['x-raw-body'] === true,
    },
    statuses: Object.keys(operation.responses as Node).map(Number),
  };
}
