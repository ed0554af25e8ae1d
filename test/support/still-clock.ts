import type { MovableClock } from '../../src/clock.ts';

/** A clock that stands still until a test moves it. */
export interface StillClock extends MovableClock {
  /** Moves the clock by whole or broken seconds; returns its new time. */
  forward(seconds: number): Date;
  /** Sets the clock to an ISO time. */
  set(time: string): void;
}

/** @param start ISO time at which the clock stands first. */
export function createStillClock(start: string): StillClock {
  const startMs = Date.parse(start);
  let offsetMs = 0;
  return {
    get offsetMs() {
      return offsetMs;
    },
    now: () => new Date(startMs + offsetMs),
    advance(ms) {
      offsetMs += ms;
    },
    forward(seconds) {
      offsetMs += Math.round(seconds * 1000);
      return new Date(startMs + offsetMs);
    },
    set(time) {
      offsetMs = Date.parse(time) - startMs;
    },
  };
}
