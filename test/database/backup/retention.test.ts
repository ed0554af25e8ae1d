import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseExpired, type Keepable, RETENTION_RULE } from '../../../src/database/backup/retention.ts';
import { lastDueAt } from '../../../src/database/backup/schedule.ts';
import { checkProperty } from '../../support/property.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2025, 11, 1);

const backups = fc
  .array(fc.record({ hours: fc.nat(24 * 500), state: fc.constantFrom('verified', 'unverified', 'damaged') }), {
    maxLength: 120,
  })
  .map((all) =>
    all.map(({ hours, state }, index): Keepable => {
      const at = new Date(START + hours * 3_600_000);
      return { name: `b${String(index).padStart(3, '0')}`, at, state: state as Keepable['state'] };
    }),
  );

/** Names of periods as calendars have them, rather than by arithmetic. */
const PERIODS: [most: number, nameOf: (at: Date) => string][] = [
  [7, (at) => at.toISOString().slice(0, 10)],
  [4, (at) => mondayOf(at).toISOString().slice(0, 10)],
  [6, (at) => at.toISOString().slice(0, 7)],
];

function mondayOf(at: Date): Date {
  let day = at;
  while (day.getUTCDay() !== 1) day = new Date(day.getTime() - DAY_MS);
  return day;
}

/** Whether a backup stays, decided for it alone by looking at all others. */
function stays(one: Keepable, all: readonly Keepable[]): boolean {
  const good = all.filter(({ state }) => state !== 'damaged');
  const isNewer = (other: Keepable): boolean =>
    other.at > one.at || (other.at.getTime() === one.at.getTime() && other.name > one.name);
  if (one.state === 'damaged' || !good.some(isNewer)) return true;
  if (one.state === 'verified' && !good.some((other) => other.state === 'verified' && isNewer(other))) return true;
  return PERIODS.some(([most, nameOf]) => {
    const own = nameOf(one.at);
    const isNewest = !good.some((other) => nameOf(other.at) === own && isNewer(other));
    const later = new Set(good.map(({ at }) => nameOf(at)).filter((name) => name > own));
    return isNewest && later.size < most;
  });
}

describe('Which backups are kept', () => {
  it('is 7 daily, 4 weekly and 6 monthly ones, and the newest and the newest verified in any case', async () => {
    await checkProperty(
      fc.property(backups, (all) => {
        const expired = new Set(chooseExpired(all));
        for (const one of all)
          assert.equal(!expired.has(one.name), stays(one, all), `${one.name} ${one.at.toISOString()}`);
      }),
      { runs: 300, shrinks: true },
    );
  });

  it('does not depend on their order, and what is kept is kept again', async () => {
    await checkProperty(
      fc.property(backups, (all) => {
        const expired = chooseExpired(all);
        assert.deepEqual(chooseExpired(all.toReversed()), expired);
        assert.deepEqual(chooseExpired(all.filter(({ name }) => !expired.includes(name))), []);
      }),
      { runs: 100, shrinks: true },
    );
  });

  it('is at most 19 of the good ones after years of daily backups', () => {
    const all = Array.from({ length: 1_000 }, (_, day): Keepable => {
      return { name: `b${String(day).padStart(4, '0')}`, at: new Date(START + day * DAY_MS), state: 'unverified' };
    });
    const left = all.length - chooseExpired(all).length;
    const { daily, weekly, monthly } = RETENTION_RULE;
    assert.ok(left > 12 && left <= daily + weekly + monthly, `${left}`);
  });
});

describe('When a daily backup is due', () => {
  const at = { hour: 3, minute: 15 };

  it('is at its time of day in UTC, and from then until the next one', () => {
    assert.equal(lastDueAt(at, new Date('2026-03-01T03:14:59.999Z')).toISOString(), '2026-02-28T03:15:00.000Z');
    assert.equal(lastDueAt(at, new Date('2026-03-01T03:15:00.000Z')).toISOString(), '2026-03-01T03:15:00.000Z');
    assert.equal(lastDueAt(at, new Date('2026-03-01T23:59:59.999Z')).toISOString(), '2026-03-01T03:15:00.000Z');
  });
});
