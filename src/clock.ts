/** The time as the service sees it. Passed in, so that tests and development can move it. */
export interface Clock {
  /** The present instant. */
  now(): Date;
}

/** A clock whose distance to real time can be changed. */
export interface MovableClock extends Clock {
  /** Milliseconds that `now()` is ahead of real time. */
  readonly offsetMs: number;
  /** Moves the clock forward (or, negative, back) by `ms` milliseconds. */
  advance(ms: number): void;
}

/** Real time. */
export const systemClock: Clock = { now: () => new Date() };

/** Real time plus an offset that starts at zero. */
export function createMovableClock(): MovableClock {
  let offsetMs = 0;
  return {
    get offsetMs() {
      return offsetMs;
    },
    now: () => new Date(Date.now() + offsetMs),
    advance(ms) {
      offsetMs += ms;
    },
  };
}

/** `date` moved by `seconds` (may be negative). */
export function addSeconds(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

/** `date` cut to its whole second. */
export function floorToSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/** The earlier of two instants. */
export function earlier(a: Date, b: Date): Date {
  return a.getTime() <= b.getTime() ? a : b;
}

/** The later of two instants. */
export function later(a: Date, b: Date): Date {
  return a.getTime() >= b.getTime() ? a : b;
}

/** Whole seconds from `now` until `end`, rounded up, never negative. */
export function secondsUntil(end: Date, now: Date): number {
  return Math.max(0, Math.ceil((end.getTime() - now.getTime()) / 1000));
}
