/** A time to wait in milliseconds, or `held`: until a test says so. */
export type Delay = number | 'held';

export interface Timers {
  /** Calls `act` later, in the background; with `held` never. */
  after(delay: Delay, act: () => void): void;
  /** Forgets all that is to come, now and from now on. */
  stop(): void;
}

export function createTimers(): Timers {
  const running = new Set<NodeJS.Timeout>();
  let stopped = false;
  return {
    after(delay, act) {
      if (stopped || delay === 'held') return;
      const timer = setTimeout(() => {
        running.delete(timer);
        act();
      }, delay);
      timer.unref();
      running.add(timer);
    },
    stop() {
      stopped = true;
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
  };
}
