import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OperationId } from './operation-types.ts';

/** One limit of the contract's `x-rate-limit`. */
export interface RateLimitPolicy {
  limit: number;
  window_seconds: number;
  /** What is counted: requests of an address, a user, about a relay session, or polls of a login attempt. */
  key: 'ip' | 'user' | 'session' | 'attempt';
}

/** A JSON schema as far as the server reads it by itself. */
export interface ContractSchema {
  $ref?: string;
  type?: string;
  properties?: Record<string, ContractSchema>;
  items?: ContractSchema;
}

export interface ContractHeader {
  required?: boolean;
  schema: ContractSchema;
}

export interface ContractResponse {
  headers?: Record<string, ContractHeader>;
  content?: { 'application/json': { schema: ContractSchema } };
}

/** An operation of the contract, with the policy that the server obeys. */
export interface ContractOperation {
  operationId: OperationId;
  method: string;
  path: string;
  security: Record<string, string[]>[];
  parameters: { name: string; in: string; required?: boolean; schema: ContractSchema }[];
  requestBody?: { required?: boolean; content: { 'application/json': { schema: ContractSchema } } };
  responses: Record<string, ContractResponse>;
  'x-rate-limit': RateLimitPolicy[];
  'x-idempotent'?: { header: string; ttl_seconds: number };
  'x-cors'?: boolean;
  /** The body is handed on as bytes; it is not read before its signature is known to be good, nor validated. */
  'x-raw-body'?: boolean;
  /** The limit in front of all operations doesn't count this one. */
  'x-beyond-global-limit'?: boolean;
  deprecated?: boolean;
  /** Of a deprecated operation: the days (YYYY-MM-DD, UTC) since when it is, and when it ends. */
  'x-deprecated-at'?: string;
  'x-sunset'?: string;
  /** Where to read what takes its place. */
  'x-deprecation-link'?: string;
}

/** The contract, with every reference resolved where operations are read from it. */
export interface ContractDocument {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, unknown>>;
  components: Record<string, Record<string, unknown>>;
  /** Limits in front of every operation. */
  'x-rate-limit': RateLimitPolicy[];
}

/** Where the contract lives on the public server. */
export const API_ROOT = '/api/v1';

const FILE = resolve(import.meta.dirname, '../../generated/server/openapi.gen.json');

/** The contract as JSON text, as `/openapi.json` serves it. */
export function readContractText(): string {
  return readFileSync(FILE, 'utf8');
}

/** The contract's limit of that kind on that operation. @throws Error when the contract has none. */
export function findPolicy(operation: ContractOperation, key: RateLimitPolicy['key']): RateLimitPolicy {
  const policy = operation['x-rate-limit'].find((candidate) => candidate.key === key);
  if (!policy) throw new Error(`The contract states no ${key} limit for ${operation.operationId}.`);
  return policy;
}
