import assert from 'node:assert/strict';
import { monthlyCycle } from '../../src/features/usage/cycle.ts';

/** The anchor, the present, and the cycle that domain.md means: monthly, the day clamped to the month, `[start, end)`. */
const CASES: { name: string; anchor: string; day?: number; now: string; start: string; end: string }[] = [
  {
    name: 'the first cycle begins at the anchor',
    anchor: '2026-03-10T12:30:15Z',
    now: '2026-03-10T12:30:15Z',
    start: '2026-03-10T12:30:15Z',
    end: '2026-04-10T12:30:15Z',
  },
  {
    name: 'the last millisecond belongs to the cycle',
    anchor: '2026-03-10T12:30:15Z',
    now: '2026-04-10T12:30:14.999Z',
    start: '2026-03-10T12:30:15Z',
    end: '2026-04-10T12:30:15Z',
  },
  {
    name: 'the end is the start of the next cycle',
    anchor: '2026-03-10T12:30:15Z',
    now: '2026-04-10T12:30:15Z',
    start: '2026-04-10T12:30:15Z',
    end: '2026-05-10T12:30:15Z',
  },
  {
    name: 'the year ends in the middle',
    anchor: '2025-03-20T00:00:00Z',
    now: '2026-01-03T00:00:00Z',
    start: '2025-12-20T00:00:00Z',
    end: '2026-01-20T00:00:00Z',
  },
  {
    name: 'years pass',
    anchor: '2020-06-15T08:00:00Z',
    now: '2026-06-14T08:00:00Z',
    start: '2026-05-15T08:00:00Z',
    end: '2026-06-15T08:00:00Z',
  },
  {
    name: 'the 31st becomes the last of a short month',
    anchor: '2026-01-31T10:00:00Z',
    now: '2026-02-15T00:00:00Z',
    start: '2026-01-31T10:00:00Z',
    end: '2026-02-28T10:00:00Z',
  },
  {
    name: 'from the last of February it goes back to the 31st',
    anchor: '2026-01-31T10:00:00Z',
    now: '2026-02-28T10:00:00Z',
    start: '2026-02-28T10:00:00Z',
    end: '2026-03-31T10:00:00Z',
  },
  {
    name: 'just before the clamped day the old cycle runs',
    anchor: '2026-01-31T10:00:00Z',
    now: '2026-02-28T09:59:59.999Z',
    start: '2026-01-31T10:00:00Z',
    end: '2026-02-28T10:00:00Z',
  },
  {
    name: 'the 31st in a month of 30 days',
    anchor: '2026-01-31T10:00:00Z',
    now: '2026-04-30T10:00:00Z',
    start: '2026-04-30T10:00:00Z',
    end: '2026-05-31T10:00:00Z',
  },
  {
    name: 'on the 30th of March the cycle of the 31st is not over',
    anchor: '2026-01-31T10:00:00Z',
    now: '2026-03-30T23:00:00Z',
    start: '2026-02-28T10:00:00Z',
    end: '2026-03-31T10:00:00Z',
  },
  {
    name: 'a leap year gives February a day more',
    anchor: '2027-12-31T00:00:00Z',
    now: '2028-02-29T12:00:00Z',
    start: '2028-02-29T00:00:00Z',
    end: '2028-03-31T00:00:00Z',
  },
  {
    name: 'the 29th of February in a year that has none',
    anchor: '2028-02-29T06:00:00Z',
    now: '2029-02-28T06:00:00Z',
    start: '2029-02-28T06:00:00Z',
    end: '2029-03-29T06:00:00Z',
  },
  {
    name: 'a century without a leap day',
    anchor: '2099-12-29T00:00:00Z',
    now: '2100-02-28T00:00:00Z',
    start: '2100-02-28T00:00:00Z',
    end: '2100-03-29T00:00:00Z',
  },
  {
    name: 'an anchor in the future: cycles are counted back from it, as from the next renewal of a subscription',
    anchor: '2026-08-31T10:00:00Z',
    now: '2026-03-10T00:00:00Z',
    start: '2026-02-28T10:00:00Z',
    end: '2026-03-31T10:00:00Z',
  },
  {
    name: 'an anchor in a month that lacks its day: the others have it',
    anchor: '2026-02-28T10:00:00Z',
    day: 31,
    now: '2026-03-10T00:00:00Z',
    start: '2026-02-28T10:00:00Z',
    end: '2026-03-31T10:00:00Z',
  },
];

describe('the monthly cycle', () => {
  for (const { name, anchor, day, now, start, end } of CASES) {
    it(name, () => {
      assert.deepEqual(monthlyCycle(new Date(anchor), new Date(now), day), {
        start: new Date(start),
        end: new Date(end),
      });
    });
  }

  it('follows on without gap or overlap for ten years, whatever the day of the anchor', () => {
    for (let day = 1; day <= 31; day += 1) {
      const anchor = new Date(Date.UTC(2024, 0, day, 5, 6, 7));
      let cycle = monthlyCycle(anchor, anchor);
      assert.deepEqual(cycle.start, anchor);
      for (let month = 1; month <= 120; month += 1) {
        const next = monthlyCycle(anchor, cycle.end);
        assert.deepEqual(next.start, cycle.end);
        assert.deepEqual(monthlyCycle(anchor, new Date(next.start.getTime() - 1)), cycle);
        assert.equal(next.start.getUTCMonth(), month % 12);
        cycle = next;
      }
    }
  });
});
