/** A counter of bytes at one moment, and the rate that it rose by until then. */
export interface Reading {
  /** Milliseconds, of a clock that may jump. */
  atMs: number;
  bytes: number;
  /** The other side's own clock, in whole seconds, where it tells one. */
  uptimeSeconds: number | null;
  /** kbit/s since the reading before; null where nothing is known. */
  kbps: number | null;
}

/** Over a shorter time a rate would be noise: the reading before stays. */
const SHORTEST_MS = 500;
/** After a longer time a mean says nothing of now. It also tells a clock that jumped ahead. */
const LONGEST_MS = 60_000;

/**
 * The next reading of a counter. A counter that fell counts as one that stood still. When our clock has jumped, the other
 * side's is used; without one the rate is null until the next reading.
 */
export function nextReading(before: Reading | undefined, now: Omit<Reading, 'kbps'>): Reading {
  if (!before) return { ...now, kbps: null };
  const passedMs = now.atMs - before.atMs;
  if (Math.abs(passedMs) < SHORTEST_MS) return before;
  const elapsedMs = isPlausible(passedMs)
    ? passedMs
    : (now.uptimeSeconds ?? 0) * 1000 - (before.uptimeSeconds ?? 0) * 1000;
  if (!isPlausible(elapsedMs)) return { ...now, kbps: null };
  // Bits per millisecond are kilobits per second.
  return { ...now, kbps: (Math.max(0, now.bytes - before.bytes) * 8) / elapsedMs };
}

function isPlausible(ms: number): boolean {
  return ms >= SHORTEST_MS && ms <= LONGEST_MS;
}

/** The sum of what is known; null when nothing of it is, although there is something. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 && values.length > 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
