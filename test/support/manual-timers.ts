import { setImmediate as turn } from 'node:timers/promises';
import type { Timers } from '../../src/sdk/timers.ts';

/** Time that stands still until it is moved. */
export interface ManualTimers extends Timers {
  /** Moves on by so many milliseconds: runs what is due, in order, and lets promises settle behind each. */
  advance(ms: number): Promise<void>;
}

interface Wait {
  dueMs: number;
  run: () => void;
}

/** @param startMs milliseconds since 1970 that it begins at. */
export function createManualTimers(startMs = 1_700_000_000_000): ManualTimers {
  let nowMs = startMs;
  const waits = new Set<Wait>();

  function nextUntil(endMs: number): Wait | undefined {
    return [...waits].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  }

  return {
    now: () => nowMs,
    after(ms, run) {
      const wait = { dueMs: nowMs + Math.max(0, ms), run };
      waits.add(wait);
      return () => waits.delete(wait);
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      await turn();
      for (let wait = nextUntil(endMs); wait; wait = nextUntil(endMs)) {
        waits.delete(wait);
        nowMs = Math.max(nowMs, wait.dueMs);
        wait.run();
        await turn();
      }
      nowMs = endMs;
    },
  };
}
