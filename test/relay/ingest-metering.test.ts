import assert from 'node:assert/strict';
import { enforceDeadlines } from '../../src/features/relay/deadline-job.ts';
import { type RelayFigures, reportHealth } from '../../src/features/relay/health-service.ts';
import type { RenewedLease } from '../../src/features/relay/heartbeat-store.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { createRelayLab, LAB_START, useRelayLab } from '../support/relay-lab.ts';
import { plus } from '../support/relay-session.ts';
import { storeSession } from '../support/stored-sessions.ts';

const FED: RelayFigures = { ingestActive: true, uptimeSeconds: undefined, observedAt: undefined };

describe('billing by ingest', () => {
  const lab = useRelayLab({ metering: 'ingest' });
  let userId: string;
  let session: RelaySession;
  let start: Date;

  beforeEach(async () => {
    for (const table of ['relay_sessions', 'outages']) await lab().database(table).delete();
    lab().clock.set(LAB_START);
    await lab().deps.alive.jump();
    userId = await lab().makeUser();
    start = lab().clock.now();
    session = await store({});
  });

  function store(values: Partial<RelaySession>): Promise<RelaySession> {
    const meter = { metering: 'ingest', meteredSince: null, connectionId: crypto.randomUUID() } as const;
    return storeSession(lab().database, lab().clock.now(), userId, 'active', { ...meter, ...values });
  }

  function say(figures: Partial<RelayFigures>, to = session): Promise<RenewedLease> {
    const report = { sessionId: to.id, instanceId: String(to.instanceId), requestId: 'r' };
    return reportHealth(lab().deps, { ...report, figures: { ...FED, ...figures } });
  }

  function beat(): Promise<RenewedLease> {
    return reportHealth(lab().deps, {
      sessionId: session.id,
      instanceId: String(session.instanceId),
      ownerId: userId,
      requestId: 'r',
    });
  }

  async function pass(seconds: number): Promise<void> {
    lab().clock.forward(seconds);
    await lab().deps.alive.jump();
  }

  /** Nobody is there for so long, and then the API is back. */
  async function beAway(seconds: number): Promise<void> {
    lab().clock.forward(seconds);
    await lab().deps.alive.mark();
  }

  const consumed = async () => (await lab().readSnapshot(userId)).usage.consumedSeconds;

  /** `[from, to]` of the closed intervals, in seconds behind the start. */
  async function ledger(): Promise<[number, number][]> {
    const rows: { started_at: Date; ended_at: Date }[] = await lab()
      .database('usage_intervals')
      .where({ user_id: userId })
      .orderBy('started_at');
    return rows.map((row) => [seconds(row.started_at), seconds(row.ended_at)]);
  }

  /** `[at, seconds]` of the adjustments, likewise. */
  async function trueUps(): Promise<[number, number][]> {
    const rows: { at: Date; seconds: number; reason: string }[] = await lab()
      .database('usage_adjustments')
      .where({ user_id: userId })
      .orderBy('at');
    for (const { reason } of rows) assert.equal(reason, 'outage_true_up');
    return rows.map((row) => [seconds(row.at), row.seconds]);
  }

  const seconds = (at: Date) => (at.getTime() - start.getTime()) / 1000;

  /** Statements that were sent while something was done. */
  async function statements(act: () => Promise<unknown>): Promise<string[]> {
    const seen: string[] = [];
    const note = ({ sql }: { sql: string }) => void seen.push(sql);
    lab().database.on('query', note);
    await act();
    lab().database.removeListener('query', note);
    return seen;
  }

  it('bills nothing before the relay reports a stream, and nothing by what its owner sends', async () => {
    await pass(60);
    await beat();
    await say({ ingestActive: undefined });
    await say({ ingestActive: false });
    await pass(60);
    assert.equal(await consumed(), 0);
    await say({});
    await pass(30);
    await beat();
    assert.equal(await consumed(), 30);
    await pass(61);
    await beat();
    assert.equal(await consumed(), 90, 'the word is good for 90 s, whoever else is heard');
  });

  it('closes the interval where the word ended, once the relay is heard again', async () => {
    await say({});
    await pass(90);
    await say({});
    await pass(100);
    assert.deepEqual(await ledger(), []);
    await say({});
    assert.deepEqual(await ledger(), [[0, 180]]);
    await pass(20);
    await say({ ingestActive: false });
    await pass(20);
    assert.deepEqual(await ledger(), [
      [0, 180],
      [190, 210],
    ]);
    assert.equal(await consumed(), 200);
  });

  it('ends with the lease, or with the word before it', async () => {
    await say({});
    await pass(400);
    await enforceDeadlines(lab().deps);
    assert.deepEqual(await ledger(), [[0, 90]]);
  });

  it('does not count a word that is late, from the future or older than the last one', async () => {
    await say({ observedAt: plus(start, -1) });
    for (const ago of [3_600, 121, -31, -3_600, 80]) {
      await pass(10);
      await say({ observedAt: plus(lab().clock.now(), -ago) });
    }
    await pass(100);
    assert.equal(await consumed(), 90);
  });

  it('extends the coverage in one statement, and only where that is all there is to do', async () => {
    await say({});
    await pass(30);
    assert.equal((await statements(() => say({ uptimeSeconds: 30 }))).length, 1);
    assert.equal((await statements(beat)).length, 1);
    await pass(90);
    assert.equal((await statements(() => say({ uptimeSeconds: 120 }))).length, 1);
    assert.equal(await consumed(), 120);
    await pass(90.001);
    assert.equal((await statements(() => say({}))).length > 1, true, 'a gap has to be closed');
  });

  it('keeps a session to the policy that it was created with', async () => {
    const { database, clock } = lab();
    const other = await createRelayLab({ shared: { database, clock }, metering: 'session' });
    const started = await other.start(userId, { connectionId: crypto.randomUUID() });
    assert.equal(started.metering, 'session');
    assert.equal((await lab().start(userId, { connectionId: crypto.randomUUID() })).metering, 'ingest');
    const billed = await store({ metering: 'session', meteredSince: lab().clock.now() });
    await say({}, billed);
    await pass(200);
    assert.equal(await consumed(), 200);
  });

  describe('behind an outage of ours', () => {
    it('adds what the relay proves by its uptime and nobody has billed, once', async () => {
      await say({});
      await beAway(400);
      assert.equal(await consumed(), 90);
      await pass(10);
      await say({ uptimeSeconds: 100_000 });
      assert.deepEqual(await trueUps(), [[90, 310]]);
      assert.equal(await consumed(), 400, 'the time between the return and the report stays free');
      const settled = await lab().database('usage_gaps').where({ session_id: session.id }).pluck('filled_at');
      assert.deepEqual(settled, [lab().clock.now()], 'the gap is kept, with the time of its end');
      for (let count = 0; count < 3; count += 1) {
        await pass(5);
        const sent = await statements(() => say({ uptimeSeconds: 100_000 }));
        assert.equal(sent.length, 1, 'nothing is left to be done');
      }
      assert.deepEqual(await trueUps(), [[90, 310]]);
      assert.equal(await consumed(), 415);
    });

    it('adds no more than the uptime says', async () => {
      await say({});
      await beAway(400);
      await say({ uptimeSeconds: 100 });
      assert.deepEqual(await trueUps(), [[300, 100]]);
    });

    it('waits for the first report that says a stream and an uptime', async () => {
      await say({});
      await beAway(400);
      await beat();
      await say({});
      await pass(1);
      await say({ ingestActive: undefined, uptimeSeconds: 1_000 });
      await say({ observedAt: plus(lab().clock.now(), -130), uptimeSeconds: 1_000 });
      assert.deepEqual(await trueUps(), []);
      await pass(1);
      await say({ uptimeSeconds: 250 });
      assert.deepEqual(await trueUps(), [[152, 248]]);
      assert.equal(await consumed(), 90 + 248 + 2);
    });

    it('bills no second twice that a server has billed whose clock is behind', async () => {
      await say({});
      await beAway(400);
      lab().clock.forward(-50);
      await say({});
      lab().clock.forward(60);
      await say({ uptimeSeconds: 1_000 });
      assert.deepEqual(await trueUps(), [[90, 260]]);
      assert.equal(await consumed(), 410);
    });

    it('is settled by one of several reports that come at the same time', async () => {
      await say({});
      await beAway(400);
      await pass(2);
      const now = lab().clock.now();
      await Promise.all(
        [0, 0.001, 0.002, 0.003].map((ago) => say({ uptimeSeconds: 900, observedAt: plus(now, -ago) })),
      );
      assert.deepEqual(await trueUps(), [[90, 310]]);
    });

    it('adds nothing once the session has left active, stream or not', async () => {
      await say({});
      await beAway(400);
      await say({ ingestActive: false, uptimeSeconds: 1_000 });
      await pass(10);
      await say({ uptimeSeconds: 1_000 });
      assert.deepEqual(await trueUps(), []);
      assert.equal(await lab().database('usage_gaps').where({ session_id: session.id }).first(), undefined);
    });

    it('adds nothing for a session that became active in it, or had no stream before it', async () => {
      await beAway(400);
      await say({ uptimeSeconds: 1_000 });
      lab().clock.forward(100);
      const young = await store({ ingestState: 'active' });
      await beAway(300);
      await say({ uptimeSeconds: 1_000 }, young);
      assert.deepEqual(await trueUps(), []);
    });

    it('adds nothing where the coverage reaches over it', async () => {
      await say({});
      await beAway(60);
      await pass(10);
      assert.equal((await statements(() => say({ uptimeSeconds: 1_000 }))).length, 1);
      assert.deepEqual([await trueUps(), await consumed()], [[], 70]);
    });

    it('settles several outages at once, each for itself', async () => {
      await say({});
      await beAway(200);
      await say({});
      await beAway(300);
      await say({ uptimeSeconds: 310 });
      assert.deepEqual(await trueUps(), [
        [190, 10],
        [290, 210],
      ]);
      assert.equal(await consumed(), 500 - 100);
    });

    it("is cut where the user's cycles end", async () => {
      const boundary = plus(start, 150);
      await lab().database('users').where({ id: userId }).update({ cycle_anchor_at: boundary });
      await say({});
      await beAway(400);
      await say({ uptimeSeconds: 1_000 });
      assert.deepEqual(await trueUps(), [
        [90, 60],
        [150, 250],
      ]);
      assert.equal(await consumed(), 250);
      lab().clock.forward(-300);
      assert.equal(await consumed(), 90 + 60);
      lab().clock.forward(300);
    });

    it('adds nothing where the time in active is billed: all of it is billed already', async () => {
      const billed = await store({ metering: 'session', meteredSince: lab().clock.now() });
      await say({}, billed);
      await beAway(400);
      await say({ uptimeSeconds: 1_000 }, billed);
      assert.deepEqual(await trueUps(), []);
      assert.equal(await consumed(), 400);
    });
  });
});
