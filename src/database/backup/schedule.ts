import type { DailyTime } from './settings.ts';

const DAY_MS = 86_400_000;

/** The last moment at or before `now` at which a daily backup was due, in UTC. */
export function lastDueAt({ hour, minute }: DailyTime, now: Date): Date {
  const today = new Date(now);
  today.setUTCHours(hour, minute, 0, 0);
  return today <= now ? today : new Date(today.getTime() - DAY_MS);
}
