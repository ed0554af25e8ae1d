import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { isAnyText } from './can-be-wrong.ts';
import type { ContractHeader, ContractOperation } from './contract-document.ts';
import { deprecationHeaders } from './deprecation.ts';

type Headers = Record<string, string | string[] | number | undefined>;

/** What is wrong with an answer by the contract: an undeclared status, its body, its headers. Empty: nothing. */
export type ResponseFaults = (
  operation: ContractOperation,
  status: number,
  body: unknown,
  headers: Headers,
) => string[];

/** Set by the server's own machinery on any answer, declared or not. */
const UNDECLARED = new Set([
  'content-type',
  'content-length',
  'www-authenticate',
  'connection',
  'x-content-type-options',
  'cache-control',
  'content-security-policy',
  'referrer-policy',
]);

/**
 * An instant as `Date` writes it (RFC 3339, UTC), in a third of the time that ajv-formats needs, which also counts the days
 * of months: `Date` does that.
 */
const INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;

interface Compiled {
  body?: ValidateFunction;
  /** Any text is good where there is nothing to validate by. */
  headers: { name: string; required: boolean; validate: ValidateFunction | undefined }[];
  /** The names of all headers that the answer may have, in lower case, but for those of CORS, which follow from `x-cors`. */
  allowed: ReadonlySet<string>;
  /** What a deprecated operation says of itself, by lower-case names. */
  deprecation: Map<string, string>;
}

/** Makes the check of answers. Validators are compiled when they are first needed. */
export function createResponseFaults(): ResponseFaults {
  // The schemas themselves were checked by `npm run check`.
  const common = { strict: false, validateSchema: false };
  const bodies = addFormats.default(new Ajv({ ...common, allErrors: true })).addFormat('date-time', INSTANT);
  const headers = addFormats.default(new Ajv({ ...common, coerceTypes: true }));
  const compiled = new Map<string, Compiled | undefined>();

  const compile = (operation: ContractOperation, status: number): Compiled | undefined => {
    const declared = operation.responses[status];
    if (!declared) return undefined;
    const schema = declared.content?.['application/json'].schema;
    const declaredHeaders = Object.entries(declared.headers ?? {}).map(([name, header]) => ({
      name: name.toLowerCase(),
      required: header.required === true,
      validate: isAnyText(header.schema) ? undefined : headers.compile(headerSchema(header)),
    }));
    const deprecation = new Map(
      Object.entries(deprecationHeaders(operation)).map(([name, value]) => [name.toLowerCase(), value]),
    );
    return {
      ...(schema ? { body: bodies.compile(schema) } : {}),
      headers: declaredHeaders,
      deprecation,
      allowed: new Set([...UNDECLARED, ...declaredHeaders.map(({ name }) => name), ...deprecation.keys()]),
    };
  };

  return (operation, status, body, given) => {
    const key = `${operation.operationId} ${status}`;
    if (!compiled.has(key)) compiled.set(key, compile(operation, status));
    const validators = compiled.get(key);
    if (!validators) return [`status ${status} is not declared`];
    return [...bodyFaults(validators, body), ...headerFaults(validators, given)];
  };
}

/** Coercion needs something to write to, so the value is looked at inside an object. */
function headerSchema(header: ContractHeader): object {
  return { type: 'object', properties: { value: header.schema } };
}

function bodyFaults({ body: validate }: Compiled, body: unknown): string[] {
  if (!validate) return body === undefined || body === null ? [] : ['a body is not declared'];
  if (validate(body)) return [];
  return (validate.errors ?? []).map((error) => `body${error.instancePath} ${error.message}`);
}

function headerFaults({ headers, deprecation, allowed }: Compiled, given: Headers): string[] {
  const faults: string[] = [];
  for (const { name, required, validate } of headers) {
    const value = given[name];
    if (value === undefined && required) faults.push(`header ${name} is missing`);
    if (value !== undefined && validate && !validate({ value }))
      faults.push(`header ${name} ${validate.errors?.[0]?.message}`);
  }
  for (const [name, value] of deprecation) {
    if (given[name] !== value) faults.push(`header ${name} doesn't tell of the deprecation`);
  }
  for (const name in given) {
    if (!allowed.has(name) && !name.startsWith('access-control-')) faults.push(`header ${name} is not declared`);
  }
  return faults;
}
