import type { FuzzOperation } from '../contract.ts';
import type { FuzzAnswer } from '../send.ts';
import type { Fields } from '../sequences/fill.ts';

/** A request of a sequence and its answer. */
export interface Exchange {
  operation: FuzzOperation;
  /** Who made it, by number. */
  user: number;
  fields: Fields;
  /** The access token that it came with. */
  bearer: string | undefined;
  answer: FuzzAnswer;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape.
  body: any;
  /** The service's time right before it was sent. */
  from: Date;
  /** And right behind its answer. */
  until: Date;
}

/** Looks at each exchange in turn and says what is wrong with it, knowing those before it. */
export type Law = (exchange: Exchange) => string | undefined;

/** `expected` where the answer's status and code are something else. */
export function expectAnswer({ answer, body }: Exchange, why: string, ...expected: string[]): string | undefined {
  const code = answer.status < 400 ? '' : ` ${body?.error?.code}`;
  const told = `${answer.status}${code}`;
  if (expected.includes(told) || expected.includes(String(answer.status))) return undefined;
  return `${told} instead of ${expected.join(' or ')}: ${why}`;
}

/** Whether an instant lies behind a deadline; undefined while the exchange ran across it. */
export function isOver({ from, until }: Exchange, deadline: Date): boolean | undefined {
  if (from >= deadline) return true;
  return until < deadline ? false : undefined;
}
