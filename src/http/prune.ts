import type { ContractSchema } from './contract-document.ts';

/**
 * The parts of a JSON value that its schema declares. Newer plugins may send fields that this server doesn't know; they
 * never reach a handler. Reads plain object and array schemas only, which is all that request bodies may use.
 */
export function prune(schema: ContractSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item) => prune(items, item)) : value;
  }
  if (schema.properties && typeof value === 'object' && value !== null) {
    const known = Object.entries(schema.properties).filter(([name]) => Object.hasOwn(value, name));
    return Object.fromEntries(
      known.map(([name, property]) => [name, prune(property, (value as Record<string, unknown>)[name])]),
    );
  }
  return value;
}
