import { TelemyApiError, TelemyNetworkError } from './errors.ts';
import type { Timers } from './timers.ts';
import { wait } from './wait.ts';

/** A call that cannot do harm twice is made so often at most. */
const TRIES = 4;
/** The wait before the second try, in milliseconds; it doubles, and a random half of it is left out. */
const FIRST_WAIT_MS = 300;
/** A server that wants a longer wait than this is not waited for: the caller hears of it instead. In seconds. */
const LONGEST_RETRY_AFTER = 15;

export interface Patience {
  timers: Timers;
  /** From 0 up to 1. */
  random: () => number;
}

/**
 * Makes a call, and makes it again while that may help: no usable answer came, or the server or a proxy is overloaded. A
 * refusal is final.
 */
export async function repeating<T>(
  { timers, random }: Patience,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const waitMs = tries < TRIES ? waitBefore(error, tries, random) : undefined;
      if (waitMs === undefined) throw error;
      await wait(timers, waitMs, signal);
    }
  }
}

/** Milliseconds; undefined: it is of no use. */
function waitBefore(error: unknown, tries: number, random: () => number): number | undefined {
  const backoff = FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + random() / 2);
  if (error instanceof TelemyNetworkError) return backoff;
  if (!(error instanceof TelemyApiError) || !isPassing(error)) return undefined;
  const { retryAfter = 0 } = error;
  return retryAfter > LONGEST_RETRY_AFTER ? undefined : Math.max(retryAfter * 1000, backoff);
}

/** Such as `capacity_unavailable` has the same status, but is an answer to what was asked. */
function isPassing({ status, code }: TelemyApiError): boolean {
  const isOverload = code === 'service_unavailable' || code === 'unknown' || code === 'rate_limited';
  return isOverload && (status === 429 || status === 502 || status === 503 || status === 504);
}
