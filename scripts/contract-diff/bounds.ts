import type { Node } from '../contract-lint/document.ts';

const LOWER = ['minimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'maxLength', 'maxItems', 'maxProperties'];
const EXCLUSIVE: Record<string, string> = { minimum: 'exclusiveMinimum', maximum: 'exclusiveMaximum' };

/** The keywords by which a schema takes less than another one, where both speak of numbers, lengths and counts. */
export function tighterBounds(looser: Node, tighter: Node): string[] {
  const lower = LOWER.filter((name) => isTighter(name, looser, tighter, (a, b) => b > a));
  const upper = UPPER.filter((name) => isTighter(name, looser, tighter, (a, b) => b < a));
  const unique = tighter.uniqueItems === true && looser.uniqueItems !== true ? ['uniqueItems'] : [];
  return [...lower, ...upper, ...unique, ...(isCoarser(looser, tighter) ? ['multipleOf'] : [])];
}

/** A bound in words. */
export function boundText(schema: Node, name: string): string {
  const value = schema[name];
  if (value === undefined) return 'nothing';
  return schema[EXCLUSIVE[name] ?? ''] === true ? `${value}, exclusive` : String(value);
}

function isTighter(name: string, looser: Node, tighter: Node, beyond: (a: number, b: number) => boolean): boolean {
  const [a, b] = [looser[name], tighter[name]];
  if (typeof b !== 'number') return false;
  if (typeof a !== 'number') return !(name.startsWith('min') && name !== 'minimum' && b === 0);
  if (a !== b) return beyond(a, b);
  const exclusive = EXCLUSIVE[name] ?? '';
  return tighter[exclusive] === true && looser[exclusive] !== true;
}

function isCoarser({ multipleOf: a }: Node, { multipleOf: b }: Node): boolean {
  if (typeof b !== 'number') return false;
  return typeof a !== 'number' || a % b !== 0;
}
