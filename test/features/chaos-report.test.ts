import assert from 'node:assert/strict';
import { estimateLeft, progressLine, toFigures } from '../../scripts/chaos/report.ts';
import { FAULTS } from '../support/chaos/faults.ts';
import type { RoundResult } from '../support/chaos/round.ts';
import { within } from '../support/within.ts';

const COUNTS = { settleMs: 40, tookMs: 6_000, phasesMs: {}, unanswered: 1, broken: [] };
const ROUNDS: RoundResult[] = [
  { ...COUNTS, round: 1, faults: ['kill-api'], recoveryMs: 900, requests: 100, unavailable: 0 },
  { ...COUNTS, round: 2, faults: ['locks', 'kill-api'], recoveryMs: 3_000, requests: 50, unavailable: 7 },
  {
    ...COUNTS,
    ...{ round: 3, faults: ['locks'], recoveryMs: 100, requests: 10, unavailable: 2, settleMs: 700, tookMs: 9_000 },
    broken: [{ invariant: 'answers', message: 'a bad one' }],
  },
];
const KNOWN = FAULTS.filter(({ name }) => ['kill-api', 'locks', 'failover'].includes(name));

describe('the report of a chaos run', () => {
  it('has of each fault its rounds, its recoveries and its answers, and names those that did not come', () => {
    const { faults, all, rounds, good, tookMs, missing } = toFigures(ROUNDS, KNOWN);
    assert.deepEqual({ rounds, good, tookMs, missing }, { rounds: 3, good: 2, tookMs: 21_000, missing: ['failover'] });
    assert.deepEqual(faults, [
      {
        ...{
          fault: 'kill-api',
          rounds: 2,
          alone: 1,
          recoveryMs: { p50: 900, p95: 3_000, max: 3_000 },
          settleMaxMs: 40,
        },
        ...{ requests: 150, unavailable: 7, unanswered: 2 },
      },
      {
        ...{ fault: 'locks', rounds: 2, alone: 1, recoveryMs: { p50: 100, p95: 3_000, max: 3_000 }, settleMaxMs: 700 },
        ...{ requests: 60, unavailable: 9, unanswered: 2 },
      },
    ]);
    assert.deepEqual([all.rounds, all.requests, all.unavailable, all.recoveryMs.max], [3, 160, 9, 3_000]);
  });

  it('says of each round what it came to, and how long the others will take', () => {
    assert.equal(estimateLeft(ROUNDS, 100), 679_000);
    const line = progressLine(ROUNDS[2] as RoundResult, 100, 679_000);
    assert.match(line, /^3\/100 +locks +0\.1 s +0\.7 s +10 +2 +1 +9\.0 s +11\.3 min BROKEN: answers$/);
  });
});

describe('work with a limit', () => {
  it('that does not end is given up with what is said of it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await assert.rejects(
      within(promise, 1, () => 'it is stuck'),
      /^Error: it is stuck$/,
    );
    resolve();
  });

  it('that ends in time is what it comes to', async () => {
    assert.equal(await within(Promise.resolve(7), 60_000, () => 'late'), 7);
  });
});
