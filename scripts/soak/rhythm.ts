import type { Timers } from '../../src/sdk/timers.ts';

/** Things that a plugin does again and again. */
export interface Rhythm {
  /**
   * Does something every so many milliseconds, one at a time, the first time after a part of them that chance decides,
   * so that many plugins don't act at once.
   */
  every(ms: number, act: () => Promise<void>): void;
  /** Resolves after the time, or as soon as all ends. @returns whether it goes on. */
  pause(ms: number): Promise<boolean>;
  /** Begins nothing more; resolves once what is under way has ended. */
  end(): Promise<void>;
}

/** @param onError hears what an act rejected with; the rhythm goes on. */
export function createRhythm(timers: Timers, random: () => number, onError: (error: unknown) => void): Rhythm {
  const ended = new AbortController();
  const loops: Promise<void>[] = [];

  function pause(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    if (ended.signal.aborted) return Promise.resolve(false);
    const wake = () => {
      cancel();
      ended.signal.removeEventListener('abort', wake);
      resolve(!ended.signal.aborted);
    };
    const cancel = timers.after(ms, wake);
    ended.signal.addEventListener('abort', wake);
    return promise;
  }

  async function repeat(ms: number, act: () => Promise<void>): Promise<void> {
    await pause(ms * random());
    while (!ended.signal.aborted) {
      const due = timers.now() + ms;
      await act().catch(onError);
      await pause(Math.max(0, due - timers.now()));
    }
  }

  return {
    every: (ms, act) => void loops.push(repeat(ms, act)),
    pause,
    async end() {
      ended.abort();
      await Promise.all(loops);
    },
  };
}
