import type { Timers } from './timers.ts';

/** Waits, unless the signal is aborted first: then it rejects with the signal's reason. */
export function wait(timers: Timers, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = timers.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** The promise's outcome, or the signal's reason if that is aborted first; what was begun goes on. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A time limit that also ends with the caller's own signal. */
export interface Deadline {
  signal: AbortSignal;
  /** Whether the time ran out (rather than that the caller gave up). */
  isOver(): boolean;
  /** Ends the limit; to be called in any case. */
  clear(): void;
}

/** `AbortSignal.any` and `timeout` are too new for the browser inside older versions of OBS. */
export function startDeadline(timers: Timers, ms: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let isOver = false;
  const abort = () => controller.abort(outer?.reason);
  if (outer?.aborted) abort();
  outer?.addEventListener('abort', abort, { once: true });
  const cancel = timers.after(ms, () => {
    isOver = true;
    controller.abort(new Error(`no answer within ${ms} ms`));
  });
  return {
    signal: controller.signal,
    isOver: () => isOver,
    clear() {
      cancel();
      outer?.removeEventListener('abort', abort);
    },
  };
}
