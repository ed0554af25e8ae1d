import type { RelayError } from './relay-error.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * How long to wait after so many failures in a row (1 or more), in milliseconds: 1 s, doubling to 60 s, of which the
 * second half is left to chance.
 *
 * @param chance 0 up to 1.
 */
export function backoffMs(failures: number, chance: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return Math.round(whole * (0.5 + chance / 2));
}

/** The same, but never before the server's `Retry-After`; up to 1 s later, so that not all come at once. */
export function retryDelayMs({ retryAfter }: Pick<RelayError, 'retryAfter'>, failures: number, chance: number): number {
  if (retryAfter === undefined) return backoffMs(failures, chance);
  return Math.max(0, retryAfter) * 1_000 + Math.round(chance * 1_000);
}

/** Time between heartbeats, in milliseconds; that of the OBS plugin. */
export const HEARTBEAT_MS = 30_000;

/**
 * How long to wait for the next heartbeat after so many failures in a row, in milliseconds: as the OBS plugin does, 30 s
 * for the first two, then doubling to 120 s.
 */
export function heartbeatDelayMs(failures: number): number {
  return failures < 3 ? HEARTBEAT_MS : Math.min(120_000, HEARTBEAT_MS * 2 ** Math.min(failures - 2, 8));
}

/** Longest pause between two starts when OBS loads, in milliseconds (AR-2). */
export const START_JITTER_MS = 2_000;

/** When each of so many starts begins, in milliseconds from now: the first at once, 0 to 2 s between them. */
export function startDelays(count: number, random: () => number): number[] {
  let at = 0;
  return Array.from({ length: count }, (_, index) => {
    if (index > 0) at += Math.round(random() * START_JITTER_MS);
    return at;
  });
}

/**
 * How long to wait between two looks that are not long polls, in milliseconds, so that all connections of an account
 * together stay below half of the 60 looks that it has per minute.
 */
export function pollPauseMs(connections: number): number {
  return Math.max(5_000, connections * 2_000);
}
