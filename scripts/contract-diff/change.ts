import { join, type Node, type Place, resolvePlace } from '../contract-lint/document.ts';
import type { ChangeKind } from './kinds.ts';

/** The contract that clients were written against, and the one that is to take its place. */
export interface Contracts {
  released: Node;
  current: Node;
}

/** One part of the contract, as it was released and as it is now. */
export interface Pair {
  before: Place;
  after: Place;
  /** Where that is, in words. */
  where: string;
}

/** One difference that somebody may notice. */
export interface Change {
  kind: ChangeKind;
  /** JSON pointer into the contract as it is now; for what is gone, into the released one. */
  pointer: string;
  where: string;
  what: string;
  /** Undefined: it concerns all of them. */
  operation?: string;
}

/** A change of a pair, told where its pair is, or at one of its parts. */
export function changeAt({ after, where }: Pair, kind: ChangeKind, what: string, ...part: string[]): Change {
  return { kind, pointer: join(after.pointer, ...part), where, what };
}

/** The pair with its references followed; undefined when one leads nowhere, which the lint tells. */
export function resolvePair({ released, current }: Contracts, pair: Pair): Pair | undefined {
  const before = resolvePlace(released, pair.before);
  const after = resolvePlace(current, pair.after);
  return before && after && { before, after, where: pair.where };
}

/** Texts as they are shown to people: 'a', 'b'. */
export function quoted(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value))).join(', ');
}

/** The value as a list; an empty one when it is none. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
