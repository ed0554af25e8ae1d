/** How long to wait before something that ended is started again. */
export interface Backoff {
  /** @param livedMs how long it was there, in milliseconds. Returns the wait, in milliseconds. */
  next(livedMs: number): number;
}

/** Milliseconds. */
export interface BackoffLimits {
  first: number;
  most: number;
  /** Whatever was there for so long begins with the first wait again. */
  healthy: number;
}

/** A replacement has a second or so of its own to start in, which comes on top. */
export const RESTARTS: BackoffLimits = { first: 100, most: 30_000, healthy: 60_000 };

/** Waits that double from one end to the next. */
export function createBackoff({ first, most, healthy }: BackoffLimits = RESTARTS): Backoff {
  let wait = first;
  return {
    next(livedMs) {
      if (livedMs >= healthy) wait = first;
      const now = wait;
      wait = Math.min(2 * wait, most);
      return now;
    },
  };
}
