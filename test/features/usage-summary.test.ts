import assert from 'node:assert/strict';
import type { PlanTier } from '../../src/features/account/plans.ts';
import { intervalSeconds, secondsWithin, toInterval } from '../../src/features/usage/interval.ts';
import { summarizeUsage } from '../../src/features/usage/summary.ts';
import { CATALOG } from '../support/plans.ts';

const SUMMARIES: [tier: PlanTier, consumed: number, remaining: number | null, overage: number][] = [
  ['free', 0, 0, 0],
  ['free', 5, 0, 5],
  ['starter', 0, 14_400, 0],
  ['starter', 14_399, 1, 0],
  ['starter', 14_400, 0, 0],
  ['starter', 14_401, 0, 1],
  ['internal', 1_000_000, null, 0],
];

describe('the summary of usage', () => {
  for (const [tier, consumed, remaining, overage] of SUMMARIES) {
    it(`has ${remaining} s left and ${overage} s over for ${tier} after ${consumed} s`, () => {
      const { includedSeconds } = CATALOG.plans[tier];
      assert.deepEqual(summarizeUsage(CATALOG.plans[tier], consumed), {
        includedSeconds,
        consumedSeconds: consumed,
        remainingSeconds: remaining,
        overageSeconds: overage,
      });
    });
  }
});

const BOUNDS: [from: string, to: string, seconds: number][] = [
  ['10:00:00.000', '10:00:20.000', 20],
  ['10:00:00.999', '10:00:20.000', 20],
  ['10:00:00.000', '10:00:20.999', 20],
  ['10:00:00.001', '10:00:00.999', 0],
  ['10:00:00.999', '10:00:01.000', 1],
  ['10:00:05.000', '10:00:05.000', 0],
  ['10:00:05.000', '10:00:01.000', 0],
];

describe('a billable interval', () => {
  for (const [from, to, seconds] of BOUNDS) {
    it(`from ${from} to ${to} is ${seconds} s`, () => {
      const interval = toInterval(new Date(`2026-03-01T${from}Z`), new Date(`2026-03-01T${to}Z`));
      assert.equal(intervalSeconds(interval), seconds);
      assert.equal(interval.startedAt.getTime() % 1000, 0);
      assert.equal(interval.endedAt.getTime() % 1000, 0);
    });
  }
});

const CYCLE = { start: new Date('2026-03-01T00:00:00Z'), end: new Date('2026-04-01T00:00:00Z') };

const CLIPS: [name: string, from: string, to: string, seconds: number][] = [
  ['inside', '2026-03-10T00:00:00Z', '2026-03-10T01:00:00Z', 3600],
  ['over the start', '2026-02-28T23:59:50Z', '2026-03-01T00:00:07Z', 7],
  ['over the end', '2026-03-31T23:59:50Z', '2026-04-01T00:00:07Z', 10],
  ['over both', '2026-02-01T00:00:00Z', '2026-05-01T00:00:00Z', 31 * 86_400],
  ['up to the start', '2026-02-28T23:00:00Z', '2026-03-01T00:00:00Z', 0],
  ['from the end on', '2026-04-01T00:00:00Z', '2026-04-01T01:00:00Z', 0],
  ['long before', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 0],
];

describe('the part of an interval that falls into a cycle', () => {
  for (const [name, from, to, seconds] of CLIPS) {
    it(`${name}: ${seconds} s`, () => {
      assert.equal(secondsWithin({ startedAt: new Date(from), endedAt: new Date(to) }, CYCLE), seconds);
    });
  }
});
