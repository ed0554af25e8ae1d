import assert from 'node:assert/strict';
import fc from 'fast-check';
import { enforceDeadlines } from '../../src/features/relay/deadline-job.ts';
import { signIn } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { checkProperty, PROPERTY_LIMIT_MS } from '../support/property.ts';
import { createRelayLab, LAB_START, type RelayLab } from '../support/relay-lab.ts';
import { createStillClock } from '../support/still-clock.ts';
import { useApp } from '../support/test-app.ts';
import { anyHappening, endHistory, happen } from './history.ts';
import { activePeriods } from './history-checks.ts';

const INCLUDED = { starter: 14_400, pro: 180_000 };

/** A user whose cycle ends somewhere in the history, a start between two seconds, and what happens. */
const anyHistory = fc.record({
  plan: fc.constantFrom('starter' as const, 'pro' as const),
  monthsBefore: fc.constantFrom(1, 2, 14),
  boundarySeconds: fc.oneof(fc.integer({ min: -10, max: 1_000 }), fc.integer({ min: -3_600, max: 90_000 })),
  startMs: fc.integer({ min: 0, max: 999 }),
  happenings: fc.array(anyHappening, { minLength: 10, maxLength: 40, size: 'max' }),
});

describe('usage', () => {
  const app = useApp({ roles: ['api'] });
  let lab: RelayLab;

  before(async () => {
    const clock = createStillClock(LAB_START);
    Object.assign(app().clock, { now: clock.now });
    lab = await createRelayLab({ shared: { database: app().database, clock } });
  });

  it('is the number of seconds in active inside the cycle, counted one by one, at any time of any history', async () => {
    let counted = 0;
    await checkProperty(
      fc.asyncProperty(anyHistory, async ({ plan, monthsBefore, boundarySeconds, startMs, happenings }) => {
        lab.clock.set(new Date(Date.parse(LAB_START) + startMs).toISOString());
        await lab.deps.alive.jump();
        const boundary = new Date(Date.parse(LAB_START) + boundarySeconds * 1000);
        const userId = await lab.makeUser(plan);
        const anchor = monthsFrom(boundary, -monthsBefore);
        await lab.database('users').where({ id: userId }).update({ cycle_anchor_at: anchor });

        for (const happening of happenings) {
          await happen(lab, userId, happening);
          if (happening.is === 'deadlines_run') await checkSnapshot(lab, userId, boundary);
        }
        counted += await checkSnapshot(lab, userId, boundary);
        await checkAnswer(userId, plan, boundary);
        await endHistory(lab, userId);
        await checkSnapshot(lab, userId, boundary);
      }),
      { runs: 40 },
    );
    assert.equal(counted > 0, true, 'the histories held nothing to count');
  }).timeout(PROPERTY_LIMIT_MS);

  async function checkAnswer(userId: string, plan: keyof typeof INCLUDED, boundary: Date): Promise<void> {
    await lab.deps.alive.jump();
    await app().markAlive();
    const { token } = await signIn(app(), { id: userId, email: '' });
    const { status, body } = await call(app(), 'GET', '/usage/current', { token });
    await enforceDeadlines(lab.deps);
    const cycle = cycleAround(boundary, lab.clock.now());
    const consumed = await countSeconds(lab, userId, cycle);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      plan_tier: plan,
      plan_status: 'active',
      cycle_start: cycle.start.toISOString(),
      cycle_end: cycle.end.toISOString(),
      included_seconds: INCLUDED[plan],
      consumed_seconds: consumed,
      remaining_seconds: Math.max(0, INCLUDED[plan] - consumed),
      overage_seconds: Math.max(0, consumed - INCLUDED[plan]),
    });
  }
});

/** What is read is the count, before and after the transitions that are due are stored. */
async function checkSnapshot(lab: RelayLab, userId: string, boundary: Date): Promise<number> {
  const unstored = await lab.readSnapshot(userId);
  await enforceDeadlines(lab.deps);
  const stored = await lab.readSnapshot(userId);
  const counted = await countSeconds(lab, userId, cycleAround(boundary, lab.clock.now()));
  assert.deepEqual([unstored.usage.consumedSeconds, stored.usage.consumedSeconds], [counted, counted]);
  return counted;
}

/** The oracle: every second of every active period, from the event rows alone, one by one. */
async function countSeconds(lab: RelayLab, userId: string, cycle: { start: Date; end: Date }): Promise<number> {
  const sessions: { id: string }[] = await lab.database('relay_sessions').where({ user_id: userId });
  let count = 0;
  for (const { id } of sessions) {
    const events = await lab.database('relay_session_events').where({ session_id: id }).orderBy('id');
    for (const { from, to } of activePeriods(events)) {
      const end = Math.floor((to ?? lab.clock.now()).getTime() / 1000);
      for (let second = Math.floor(from.getTime() / 1000); second < end; second += 1) {
        if (second * 1000 >= cycle.start.getTime() && second * 1000 < cycle.end.getTime()) count += 1;
      }
    }
  }
  return count;
}

/** The month around `now` that begins or ends at `boundary`; histories are shorter than a month. */
function cycleAround(boundary: Date, now: Date): { start: Date; end: Date } {
  const offset = now < boundary ? -1 : 0;
  return { start: monthsFrom(boundary, offset), end: monthsFrom(boundary, offset + 1) };
}

/** The day is before the 29th, so that every month has it. */
function monthsFrom(date: Date, months: number): Date {
  const moved = new Date(date);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  assert.equal(moved.getUTCDate(), date.getUTCDate());
  return moved;
}
