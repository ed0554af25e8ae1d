import type { Timers } from '../../src/sdk/timers.ts';

interface Waiting {
  at: number;
  run: () => void;
}

/** Time that moves only when a test says so. */
export interface ManualTimers extends Timers {
  /** Lets so many milliseconds pass: runs what is due, in order, and lets promises settle in between. */
  advance(ms: number): Promise<void>;
}

/** @param startMs what the clock says at first, in milliseconds since 1970. */
export function createManualTimers(startMs = 0): ManualTimers {
  let now = startMs;
  const waiting = new Set<Waiting>();
  const next = () => [...waiting].sort((a, b) => a.at - b.at)[0];

  return {
    now: () => now,
    after(ms, run) {
      const entry = { at: now + Math.max(0, ms), run };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let due = next(); due && due.at <= end; due = next()) {
        waiting.delete(due);
        now = Math.max(now, due.at);
        due.run();
        await settle();
      }
      now = end;
    },
  };
}

/** Everything that promises have to do is done before the event loop's next round. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
