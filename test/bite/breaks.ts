/** The ways in which a server can come to break its contract at the HTTP edge. */
export const BREAK_CLASSES = [
  'field dropped',
  'field added',
  'field retyped',
  'bad enum value',
  'bad format',
  'undeclared status',
  'wrong declared status',
  'missing header',
  'wrong content type',
  'wrong error code',
] as const;

/** The contract allows each status and each code: only whoever knows what was asked can tell that it is the wrong one. */
export const MEANING: readonly BreakClass[] = ['wrong declared status', 'wrong error code'];

export type BreakClass = (typeof BREAK_CLASSES)[number];

/** One break: what becomes of every answer of that operation with that status. Plain data, to go to other processes. */
export interface Break {
  class: BreakClass;
  operationId: string;
  method: string;
  /** Below `/api/v1`, with its `{placeholders}`. */
  path: string;
  /** Of the answer as the server meant it. */
  status: number;
  /** Names on the way into the body (`*`: every item of an array), or the header's name. Empty: the whole answer. */
  place: string[];
  /** What is there instead: a value, a status or a content type. Absent where it follows from what was there. */
  to?: unknown;
}

/** An answer as it goes over the wire; header names in lower case. */
export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** What is broken, in a few words. */
export function describePlace({ place, to }: Break): string {
  const where = place.length > 0 ? `/${place.join('/')}` : '';
  return [where, to === undefined ? '' : `→ ${String(to)}`].filter((part) => part !== '').join(' ');
}
