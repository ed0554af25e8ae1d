import type { MockAnswer } from './answers.ts';

/** Which answer the caller wants. */
export interface Preference {
  /** NaN: something else was said in its place. */
  code?: number;
  example?: string;
  /** What else the header says; Prism's business. */
  others: string[];
}

/** There is no such answer. */
export class NoSuchAnswerError extends Error {
  override name = 'NoSuchAnswerError';
  /** Names of the examples that there are, by status. */
  readonly answers: Record<string, string[]>;

  constructor(message: string, answers: readonly MockAnswer[]) {
    super(message);
    this.answers = Object.fromEntries(answers.map(({ status, examples }) => [status, examples]));
  }
}

/** Reads `Prefer: code=…, example=…` (RFC 7240); further preferences are kept as they are. */
export function readPreference(header: string): Preference {
  const parts = header.split(/[,;]/).map((part) => part.trim());
  const pairs = parts.map((part) => /^(code|example)\s*=\s*"?([^"]*)"?$/i.exec(part));
  const readOne = (name: string) => pairs.find((pair) => pair?.[1]?.toLowerCase() === name)?.[2];
  const [code, example] = [readOne('code'), readOne('example')];
  return {
    ...(code === undefined ? {} : { code: /^\d+$/.test(code) ? Number(code) : Number.NaN }),
    ...(example === undefined ? {} : { example }),
    others: parts.filter((part, index) => part !== '' && !pairs[index]),
  };
}

/**
 * The status and example that are meant: an example without a code is that of the lowest status which has one of that name.
 *
 * @throws NoSuchAnswerError
 */
export function settlePreference(wanted: Preference, answers: readonly MockAnswer[]): Preference {
  const { code, example } = wanted;
  const fitting = answers.filter(({ status }) => code === undefined || status === code);
  if (Number.isNaN(code)) throw new NoSuchAnswerError('The code that is preferred is no number.', answers);
  if (fitting.length === 0) throw new NoSuchAnswerError(`This operation declares no answer ${code}.`, answers);
  if (example === undefined) return wanted;
  const found = fitting.find(({ examples }) => examples.includes(example));
  if (found) return { ...wanted, code: found.status };
  const where = code === undefined ? 'This operation' : `The answer ${code} of this operation`;
  throw new NoSuchAnswerError(`${where} has no example "${example}".`, answers);
}

/** As a header for Prism; undefined: nothing is preferred. */
export function formatPreference({ code, example, others }: Preference): string | undefined {
  const own = [
    ...(code === undefined ? [] : [`code=${code}`]),
    ...(example === undefined ? [] : [`example=${example}`]),
  ];
  return [...own, ...others].join(', ') || undefined;
}
