import { addSeconds, earlier, floorToSecond, later } from '../../clock.ts';
import type { Cycle } from './cycle.ts';
import { intervalSeconds, toInterval, type UsageInterval } from './interval.ts';

/** The part of an outage of ours, `[startedAt, endedAt)`, that an active session may not have been billed for. */
export interface UsageGap {
  outageId: string;
  startedAt: Date;
  endedAt: Date;
}

/** A span for which a relay proves that it was up, `[from, to)`. */
export interface UptimeProof {
  from: Date;
  to: Date;
}

/** The parts of a gap that the proof covers and no interval bills, in whole seconds and in their order. */
export function unbilledParts(gap: UsageGap, proof: UptimeProof, billed: readonly UsageInterval[]): UsageInterval[] {
  const whole = toInterval(later(gap.startedAt, proof.from), earlier(gap.endedAt, proof.to));
  const parts = billed.reduce((left, interval) => left.flatMap((part) => without(part, interval)), [whole]);
  return parts.filter((part) => intervalSeconds(part) > 0);
}

function without(part: UsageInterval, taken: UsageInterval): UsageInterval[] {
  if (taken.endedAt <= part.startedAt || taken.startedAt >= part.endedAt) return [part];
  return [
    { startedAt: part.startedAt, endedAt: later(part.startedAt, taken.startedAt) },
    { startedAt: earlier(part.endedAt, taken.endedAt), endedAt: part.endedAt },
  ];
}

/** An interval cut at the ends of the cycles that it runs through. */
export function splitAtCycles(interval: UsageInterval, cycleAt: (moment: Date) => Cycle): UsageInterval[] {
  const { startedAt, endedAt } = interval;
  if (startedAt >= endedAt) return [];
  // A second that a cycle ends in belongs to that cycle.
  const boundary = addSeconds(floorToSecond(new Date(cycleAt(startedAt).end.getTime() - 1)), 1);
  const first = { startedAt, endedAt: earlier(boundary, endedAt) };
  return [first, ...splitAtCycles({ startedAt: first.endedAt, endedAt }, cycleAt)];
}
