/** No receiver has more to say; a longer text isn't read. */
export const MAX_TEXT_LENGTH = 1_048_576;

/** The fields of a JSON object. */
export type Fields = Record<string, unknown>;

/** What `read` makes of the value; a text is read as JSON first. Null when there is no JSON in it, or `read` throws. */
export function readJson<T>(input: unknown, read: (value: unknown) => T | null): T | null {
  try {
    if (typeof input !== 'string') return read(input);
    return input.length > MAX_TEXT_LENGTH ? null : read(JSON.parse(input));
  } catch {
    return null;
  }
}

/** Null for what is no object. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** A number that can be counted with: from 0 to `max`, the largest exact integer; null for everything else. */
export function countOf(value: unknown, max = Number.MAX_SAFE_INTEGER): number | null {
  return typeof value === 'number' && value >= 0 && value <= max ? value : null;
}

/** A text of at most 200 characters; null for everything else. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= 200 ? value : null;
}

/**
 * Reads the entries that can be read, at most 2,000. Null when the value is no array, or when it has entries and none of
 * them can be read: that is a torn answer, not an empty one.
 */
export function listOf<T>(value: unknown, read: (entry: unknown, index: number) => T | null): T[] | null {
  if (!Array.isArray(value)) return null;
  const found = value
    .slice(0, 2000)
    .map(read)
    .filter((entry) => entry !== null);
  return found.length === 0 && value.length > 0 ? null : found;
}
