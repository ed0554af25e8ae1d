import { join, type Node } from './document.ts';
import type { Fault } from './index.ts';
import { sentSchemas } from './reachable.ts';

/** What a client may send has an end, and the contract says where: of texts, numbers and lists. */
export function requestLimits(document: Node): Fault[] {
  return sentSchemas(document).flatMap(({ pointer, node }) =>
    missingLimits(node).map((keyword) => ({ pointer: join(pointer, keyword), message: 'must be there in a request' })),
  );
}

function missingLimits(schema: Node): string[] {
  return limitsOf(schema).filter((keyword) => typeof schema[keyword] !== 'number');
}

function limitsOf(schema: Node): string[] {
  if (schema.enum !== undefined) return [];
  if (schema.type === 'string') return isBounded(schema) ? [] : ['minLength', 'maxLength'];
  if (schema.type === 'integer' || schema.type === 'number') return ['minimum', 'maximum'];
  return schema.type === 'array' ? ['maxItems'] : [];
}

/** A format, and a pattern from end to end that repeats nothing without an end, leave no room for texts of any length. */
function isBounded({ format, pattern }: Node): boolean {
  return format !== undefined || /^\^(?!.*(?:[*+]|\{\d+,\})).*\$$/.test(String(pattern));
}
