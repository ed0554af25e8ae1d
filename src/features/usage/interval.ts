import { earlier, floorToSecond, later } from '../../clock.ts';
import type { Cycle } from './cycle.ts';

/** A stretch of billable time, `[startedAt, endedAt)`, bounds on whole seconds. */
export interface UsageInterval {
  startedAt: Date;
  endedAt: Date;
}

/** The interval between two moments, its bounds cut to whole seconds. */
export function toInterval(startedAt: Date, endedAt: Date): UsageInterval {
  return { startedAt: floorToSecond(startedAt), endedAt: floorToSecond(later(startedAt, endedAt)) };
}

/** Whole seconds of the interval. */
export function intervalSeconds(interval: UsageInterval): number {
  return (interval.endedAt.getTime() - interval.startedAt.getTime()) / 1000;
}

/** Whole seconds of the interval that fall into the cycle. */
export function secondsWithin(interval: UsageInterval, cycle: Cycle): number {
  const start = later(interval.startedAt, cycle.start);
  const end = earlier(interval.endedAt, cycle.end);
  return Math.max(0, (end.getTime() - start.getTime()) / 1000);
}
