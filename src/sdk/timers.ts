/** The time, as the SDK sees and waits for it. */
export interface Timers {
  /** Milliseconds since 1970, as the wall clock says; it may jump. */
  now(): number;
  /** Runs something once, in so many milliseconds; returns what ends the wait. */
  after(ms: number, run: () => void): () => void;
}

/** Real time. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(ms, run) {
    const handle = setTimeout(run, ms);
    return () => clearTimeout(handle);
  },
};
