/** A row of the source, by column. */
export type SourceValues = Readonly<Record<string, unknown>>;

/** A row that cannot be brought in; the message says why, without anything of the row itself. */
export class BadRowError extends Error {
  override name = 'BadRowError';
}

/** Text that has to be there. @throws BadRowError */
export function text(row: SourceValues, column: string): string {
  const value = optionalText(row, column);
  if (value === null || value === '') throw new BadRowError(`${column} is missing`);
  return value;
}

/** Null: there is none. @throws BadRowError for what isn't text. */
export function optionalText(row: SourceValues, column: string): string | null {
  const value = row[column] ?? null;
  if (value !== null && typeof value !== 'string') throw new BadRowError(`${column} is no text`);
  return value as string | null;
}

/** Text of a form that has to be there. @throws BadRowError */
export function textLike(row: SourceValues, column: string, form: RegExp): string {
  const value = text(row, column);
  if (!form.test(value)) throw new BadRowError(`${column} has an unknown form`);
  return value;
}

/** One of some words. @throws BadRowError */
export function oneOf<T extends string>(row: SourceValues, column: string, words: readonly T[]): T {
  const value = text(row, column) as T;
  if (!words.includes(value)) throw new BadRowError(`${column} is none that is known`);
  return value;
}

/** A moment that has to be there. @throws BadRowError */
export function time(row: SourceValues, column: string): Date {
  const value = optionalTime(row, column);
  if (value === null) throw new BadRowError(`${column} is missing`);
  return value;
}

/** Null: there is none. @throws BadRowError for infinity. */
export function optionalTime(row: SourceValues, column: string): Date | null {
  const value = row[column] ?? null;
  if (value !== null && !(value instanceof Date)) throw new BadRowError(`${column} is no moment`);
  return value as Date | null;
}

/** A whole number from 0; null: there is none. @throws BadRowError */
export function optionalCount(row: SourceValues, column: string): number | null {
  const value = row[column] ?? null;
  if (value === null) return null;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0 || number > 2_147_483_647)
    throw new BadRowError(`${column} is no count`);
  return number;
}

/** @throws BadRowError unless the moments are in this order; those that are null don't count. */
export function assertOrder(row: SourceValues, ...columns: readonly string[]): void {
  const moments = columns.map((column) => ({ column, at: optionalTime(row, column) })).filter(({ at }) => at !== null);
  for (const [index, { column, at }] of moments.entries()) {
    const next = moments[index + 1];
    if (next && (at as Date) > (next.at as Date)) throw new BadRowError(`${next.column} is before ${column}`);
  }
}
