import type { Timers } from '../timers.ts';

/** Longest time that browsers and Node can wait for, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Waits for so many milliseconds, or until the signal is aborted. Never rejects.
 *
 * @param ms null: only the signal ends it.
 */
export function wait(timers: Timers, ms: number | null, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = ms === null ? () => {} : timers.after(Math.min(ms, LONGEST_MS), end);
    signal.addEventListener('abort', end);
    function end() {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}

/** What the work comes to, or null as soon as the signal is aborted; the work goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(null);
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp);
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', giveUp));
  });
}
