import { BASE_PATH, type FuzzOperation } from '../contract.ts';
import { CREDENTIAL_HEADERS, type FuzzRequest } from '../request.ts';
import { conforms, type Schema } from '../schema-check.ts';
import { isTold, type Memory } from './memory.ts';
import type { CallStep, Choice } from './step.ts';

/** Values of an operation's parameters and of its body's properties, by their names; absent ones aren't there. */
export type Fields = Record<string, unknown>;

/** What a step sends, now that it is known what was told before. */
export function fillFields(operation: FuzzOperation, step: CallStep, memory: Memory): Fields {
  const { schema: { properties = {}, required = [] } = {} } = operation.body ?? {};
  const needed = new Set([...required, ...operation.parameters.filter((one) => one.required).map(({ name }) => name)]);
  const schemas: Record<string, Schema> = {
    ...properties,
    ...Object.fromEntries(operation.parameters.map(({ name, schema }) => [name, schema])),
  };
  const valueOfField = (name: string, choice: Choice): unknown => {
    if (choice.from === 'absent') return undefined;
    const told = memory.find(step.user, name, choice, (value) => conforms(schemas[name] as Schema, value));
    // What could have been told, but wasn't, is better left out.
    if (choice.from !== 'made' && told === undefined && isTold(name) && !needed.has(name)) return undefined;
    return choice.from === 'made' ? choice.made : (told ?? choice.made);
  };
  const filled = Object.entries(step.fields).map(([name, choice]) => [name, valueOfField(name, choice)] as const);
  return keepConditions(operation, Object.fromEntries(filled.filter(([, value]) => value !== undefined)));
}

/** Leaves out what the contract doesn't allow beside the rest: sequences are about good requests. */
function keepConditions({ body }: FuzzOperation, fields: Fields): Fields {
  const kept = { ...fields };
  for (const { property, is, forbid } of body?.schema['x-when'] ?? []) {
    if (kept[property] === is && forbid !== undefined) delete kept[forbid];
  }
  const given = (body?.schema['x-exactly-one'] ?? []).filter((name) => name in kept);
  for (const name of given.slice(1)) delete kept[name];
  return kept;
}

/** The request with these fields; `credentials` by security scheme. */
export function toRequest(
  operation: FuzzOperation,
  fields: Fields,
  credentials: Record<string, string | undefined>,
): FuzzRequest {
  const given = operation.parameters.filter(({ name }) => name in fields);
  const textOf = (name: string) => encodeURIComponent(String(fields[name]).toWellFormed());
  const query = given.filter((parameter) => parameter.in === 'query').map(({ name }) => `${name}=${textOf(name)}`);
  const path = given
    .filter((parameter) => parameter.in === 'path')
    .reduce((template, { name }) => template.replace(`{${name}}`, () => textOf(name)), operation.path);
  const headers = given
    .filter((parameter) => parameter.in === 'header')
    .map(({ name }): [string, string] => [name, String(fields[name]).replaceAll(/[^\x20-\x7e]/g, '?')]);
  const properties = Object.keys(operation.body?.schema.properties ?? {}).filter((name) => name in fields);
  const body = operation.body && Object.fromEntries(properties.map((name) => [name, fields[name]]));
  const told = operation.schemes.flatMap((scheme): [string, string][] => {
    const value = credentials[scheme];
    return value === undefined ? [] : [[CREDENTIAL_HEADERS[scheme] as string, value]];
  });
  return {
    method: operation.method,
    target: `${BASE_PATH}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`,
    headers: [...headers, ...told, ...(body ? [['Content-Type', 'application/json'] as [string, string]] : [])],
    body: body && Buffer.from(JSON.stringify(body)),
    wire: undefined,
  };
}
