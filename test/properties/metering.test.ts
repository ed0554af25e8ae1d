import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSession } from '../../src/features/relay/session-queries.ts';
import { toApiSession } from '../../src/features/relay/session-view.ts';
import { checkProperty, PROPERTY_LIMIT_MS } from '../support/property.ts';
import { createRelayLab, LAB_START, type RelayLab } from '../support/relay-lab.ts';
import { anySpanMs, endHistory, type Happening, happen } from './history.ts';
import { createMeteringModel } from './metering-model.ts';

const connection = 0;
const anyCut = fc.oneof(
  { weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  fc.integer({ min: 1, max: 5 }),
);
/** About an outage, a few of them, or as much as a report may say. */
const anyUptime = fc.option(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 900 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 604_800 }) },
  ),
  { nil: undefined, freq: 4 },
);
/** Just now, late or from the future, or by a clock that was stepped by an hour. */
const anyDelay = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 1, arbitrary: fc.integer({ min: -60, max: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom(3_600, -3_600) },
);
const anyReport = fc.record({
  is: fc.constant('report' as const),
  connection: fc.constant(connection),
  ingestActive: fc.oneof(
    { weight: 8, arbitrary: fc.constant(true) },
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  observedAgoSeconds: anyDelay,
  uptimeSeconds: anyUptime,
});
const passing = (is: 'time_passes' | 'outage' | 'api_goes', ms: fc.Arbitrary<number>): fc.Arbitrary<Happening> =>
  fc.record({ is: fc.constant(is), ms });

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constant('comes_up' as const),
      connection: fc.constant(connection),
      cutAfter: anyCut,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('launches' as const),
      ends: fc.constant('becomes_ready' as const),
      stepMs: fc.constant(1_500),
      cutAfter: anyCut,
    }),
  },
  { weight: 10, arbitrary: anyReport },
  { weight: 2, arbitrary: fc.constant({ is: 'heartbeat' as const, connection }) },
  { weight: 5, arbitrary: passing('time_passes', fc.integer({ min: 1, max: 120_000 })) },
  { weight: 1, arbitrary: passing('time_passes', anySpanMs) },
  { weight: 4, arbitrary: passing('outage', fc.integer({ min: 20_000, max: 600_000 })) },
  { weight: 1, arbitrary: passing('outage', anySpanMs) },
  { weight: 1, arbitrary: passing('api_goes', fc.integer({ min: 1, max: 200_000 })) },
  { weight: 2, arbitrary: fc.constant({ is: 'deadlines_run' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('stop' as const),
      connection: fc.constant(connection),
      reason: fc.constant('user_requested' as const),
      defer: fc.boolean(),
    }),
  },
);

const anyHistory = fc.record({
  boundarySeconds: fc.integer({ min: 0, max: 4_000 }),
  startMs: fc.integer({ min: 0, max: 999 }),
  happenings: fc.array(anyHappening, { minLength: 15, maxLength: 60, size: 'max' }),
});

for (const metering of ['session', 'ingest'] as const) {
  describe(`the bill by METERING_POLICY=${metering}`, () => {
    let lab: RelayLab;

    before(async () => {
      lab = await createRelayLab({ metering });
    });
    after(() => lab.close());

    it('is what happened, read second by second, in each cycle, at any time of any history', async () => {
      const seen = { seconds: 0, trueUps: 0 };
      await checkProperty(
        fc.asyncProperty(anyHistory, async ({ boundarySeconds, startMs, happenings }) => {
          const userId = await begin(lab, startMs);
          const boundary = Date.parse(LAB_START) + boundarySeconds * 1000;
          const anchor = new Date(boundary);
          await lab.database('users').where({ id: userId }).update({ cycle_anchor_at: anchor });
          const model = createMeteringModel(metering, lab.clock.now().getTime());

          for (const happening of [{ is: 'comes_up' as const, connection, cutAfter: 9 }, ...happenings]) {
            await happen(lab, userId, happening);
            model.note(happening);
            assert.equal(lab.clock.now().getTime(), model.now());
            const { cycle, usage } = await lab.readSnapshot(userId);
            const expected = model.count({ start: cycle.start.getTime(), end: cycle.end.getTime() });
            assert.equal(usage.consumedSeconds, expected, `after ${JSON.stringify(happening)}`);
          }
          const whole = model.count({ start: 0, end: Number.POSITIVE_INFINITY });
          assert.equal(await shownDuration(lab, userId), whole);
          seen.seconds += whole;
          seen.trueUps += model.trueUps();
          await checkAdjustments(lab, userId, model.trueUps());
          await endHistory(lab, userId);
        }),
        { runs: 30 },
      );
      assert.equal(seen.seconds > 0, true, 'the histories held nothing to count');
      assert.equal(seen.trueUps > 0, metering === 'ingest', `${seen.trueUps} s of true-up`);
    }).timeout(PROPERTY_LIMIT_MS);
  });
}

/** A new user at the beginning of time, with nothing left of the history before. */
async function begin(lab: RelayLab, startMs: number): Promise<string> {
  lab.jobs.length = 0;
  lab.clock.set(new Date(Date.parse(LAB_START) + startMs).toISOString());
  await lab.deps.alive.jump();
  await lab.database.raw('truncate outages');
  return lab.makeUser('pro');
}

/** What the views of all sessions say, added up. */
async function shownDuration(lab: RelayLab, userId: string): Promise<number> {
  const ids: { id: string }[] = await lab.database('relay_sessions').where({ user_id: userId });
  let sum = 0;
  for (const { id } of ids) {
    const session = await readSession(lab.deps, userId, id);
    if (session) sum += toApiSession(session, lab.clock.now()).usage.duration_seconds;
  }
  return sum;
}

interface Span {
  from: number;
  to: number;
}

/** True-up adds what it should, each second inside its outage, and none that an interval or another true-up bills. */
async function checkAdjustments(lab: RelayLab, userId: string, expected: number): Promise<void> {
  const rows: { session_id: string; outage_id: string; at: Date; seconds: number; reason: string }[] = await lab
    .database('usage_adjustments')
    .where({ user_id: userId });
  assert.equal(
    rows.reduce((sum, { seconds }) => sum + seconds, 0),
    expected,
  );
  for (const row of rows) {
    assert.deepEqual([row.reason, row.seconds > 0], ['outage_true_up', true]);
    const added = { from: row.at.getTime(), to: row.at.getTime() + row.seconds * 1000 };
    const outage = await lab.database('outages').where({ id: row.outage_id }).first();
    assert.equal(added.from >= floor(outage.started_at) && added.to <= floor(outage.ended_at), true, 'in its outage');
    assert.equal(added.to <= lab.clock.now().getTime(), true, 'behind the present');
    const intervals: { started_at: Date; ended_at: Date }[] = await lab
      .database('usage_intervals')
      .where({ session_id: row.session_id });
    const others = rows
      .filter((other) => other !== row && other.session_id === row.session_id)
      .map(({ at, seconds }) => ({ from: at.getTime(), to: at.getTime() + seconds * 1000 }));
    const billed = intervals.map(({ started_at, ended_at }) => ({
      from: started_at.getTime(),
      to: ended_at.getTime(),
    }));
    for (const span of [...others, ...billed]) assert.equal(overlap(added, span), false, 'billed twice');
  }
}

function overlap(a: Span, b: Span): boolean {
  return a.from < b.to && b.from < a.to;
}

function floor(at: Date): number {
  return Math.floor(at.getTime() / 1000) * 1000;
}
