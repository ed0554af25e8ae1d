import assert from 'node:assert/strict';
import { enforceDeadlines } from '../../src/features/relay/deadline-job.ts';
import { reportHealth } from '../../src/features/relay/health-service.ts';
import type { RelaySession, SessionStatus } from '../../src/features/relay/session.ts';
import { readSession } from '../../src/features/relay/session-queries.ts';
import { eventually } from '../support/eventually.ts';
import { waitingForLocks } from '../support/locks.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { plus } from '../support/relay-session.ts';
import { storeSession, transitionsOf } from '../support/stored-sessions.ts';

describe('an outage of our own', () => {
  const lab = useRelayLab();
  let userId: string;

  beforeEach(async () => {
    for (const table of ['relay_sessions', 'outages']) await lab().database(table).delete();
    await lab().deps.alive.jump();
    userId = await lab().makeUser();
  });

  /** Nobody writes a mark for so long; then the API is back, and the job runs. */
  async function beAwayFor(seconds: number): Promise<void> {
    lab().clock.forward(seconds);
    await lab().deps.alive.mark();
    await enforceDeadlines(lab().deps);
  }

  /** A session whose only deadline of interest is so many seconds ahead. */
  function store(status: SessionStatus, deadline: keyof RelaySession, seconds: number, values = {}) {
    const now = lab().clock.now();
    return storeSession(lab().database, now, userId, status, { [deadline]: plus(now, seconds), ...values });
  }

  async function read(id: string): Promise<RelaySession> {
    const session = await readSession(lab().deps, userId, id);
    if (!session) throw new Error(`${id} is gone`);
    return session;
  }

  const outages = () => lab().database('outages').select('role', 'started_at', 'ended_at');

  it('moves each lease and grace deadline inside to five minutes behind its end', async () => {
    const start = lab().clock.now();
    const ids: string[] = [];
    for (const seconds of [0.001, 1, 599, 600]) {
      ids.push((await store('active', 'leaseExpiresAt', seconds)).id);
      ids.push((await store('grace', 'graceExpiresAt', seconds)).id);
    }
    await beAwayFor(600);
    const end = plus(start, 600);
    for (const id of ids) {
      const { status, leaseExpiresAt, graceExpiresAt } = await read(id);
      assert.deepEqual(leaseExpiresAt ?? graceExpiresAt, plus(end, 300), status);
      assert.deepEqual(await transitionsOf(lab().database, id), []);
    }
    assert.deepEqual(await outages(), [{ role: 'api', started_at: start, ended_at: end }]);
  });

  it('leaves the deadlines before and behind it as they are', async () => {
    const past = await storeSession(lab().database, plus(lab().clock.now(), -300), userId, 'active');
    const future = await store('active', 'leaseExpiresAt', 600.001);
    const grace = await store('grace', 'graceExpiresAt', 700);
    const [start, lease, end] = [lab().clock.now(), future.leaseExpiresAt, grace.graceExpiresAt];
    await beAwayFor(600);
    assert.deepEqual(await transitionsOf(lab().database, past.id), [['active > grace by lease_lapsed', start]]);
    assert.deepEqual((await read(future.id)).leaseExpiresAt, lease);
    assert.deepEqual((await read(grace.id)).graceExpiresAt, end);
  });

  it('leaves the version as it is: only timers change', async () => {
    const session = await store('active', 'leaseExpiresAt', 10);
    await beAwayFor(60);
    assert.equal((await read(session.id)).version, session.version);
  });

  it('gives everyone five minutes to come back, and then goes on as ever', async () => {
    const back = await store('active', 'leaseExpiresAt', 10);
    const lost = await store('active', 'leaseExpiresAt', 10);
    const end = plus(lab().clock.now(), 3_600);
    await beAwayFor(3_600);
    lab().clock.forward(299);
    await lab().deps.alive.jump();
    const heartbeat = { sessionId: back.id, instanceId: String(back.instanceId), ownerId: userId, requestId: 'r' };
    assert.equal((await reportHealth(lab().deps, heartbeat)).status, 'active');
    lab().clock.forward(1);
    await lab().deps.alive.jump();
    assert.equal(await enforceDeadlines(lab().deps), 1);
    assert.equal((await read(back.id)).status, 'active');
    assert.deepEqual(await transitionsOf(lab().database, lost.id), [
      ['active > grace by lease_lapsed', plus(end, 300)],
    ]);
  });

  it('holds no cap and no launch', async () => {
    const start = lab().clock.now();
    const capped = await store('active', 'capExpiresAt', 100);
    const inGrace = await store('grace', 'capExpiresAt', 100);
    const launch = await store('provisioning', 'provisionExpiresAt', 100);
    await beAwayFor(600);
    assert.deepEqual(await transitionsOf(lab().database, capped.id), [
      ['active > stopped by max_duration', plus(start, 100)],
    ]);
    assert.deepEqual(await transitionsOf(lab().database, inGrace.id), [
      ['grace > stopped by max_duration', plus(start, 100)],
    ]);
    assert.deepEqual(await transitionsOf(lab().database, launch.id), [
      ['provisioning > stopped by provision_timeout', plus(start, 100)],
    ]);
  });

  it('saves also a grace that had begun before it, unnoticed by any job', async () => {
    const start = lab().clock.now();
    const lapsed = await storeSession(lab().database, plus(start, -330), userId, 'active');
    await beAwayFor(900);
    assert.deepEqual(await transitionsOf(lab().database, lapsed.id), [
      ['active > grace by lease_lapsed', plus(start, -30)],
    ]);
    const { status, graceExpiresAt } = await read(lapsed.id);
    assert.deepEqual([status, graceExpiresAt], ['grace', plus(start, 900 + 300)]);
  });

  it('begins behind a gap of more than 30 s', async () => {
    const start = lab().clock.now();
    const session = await store('active', 'leaseExpiresAt', 10);
    await beAwayFor(30);
    assert.deepEqual(await outages(), []);
    assert.deepEqual(await transitionsOf(lab().database, session.id), [
      ['active > grace by lease_lapsed', plus(start, 10)],
    ]);
    const saved = await store('active', 'leaseExpiresAt', 10);
    await beAwayFor(30.001);
    assert.equal((await outages()).length, 1);
    assert.deepEqual(await transitionsOf(lab().database, saved.id), []);
  });

  it('is found by the first of several servers that come back at the same time, once', async () => {
    const session = await store('active', 'leaseExpiresAt', 10);
    const end = lab().clock.forward(100);
    let marks: Promise<unknown> = Promise.resolve();
    await lab().database.transaction(async (trx) => {
      await trx('alive_marks').where({ role: 'api' }).forUpdate();
      marks = Promise.all([1, 2, 3].map(() => lab().deps.alive.mark()));
      await eventually(async () => assert.equal(await waitingForLocks(lab().database), 3));
    });
    await marks;
    assert.equal((await outages()).length, 1);
    assert.deepEqual((await read(session.id)).leaseExpiresAt, plus(end, 300));
  });

  it('holds deadlines before its end is known: in a server that could not write its mark', async () => {
    const session = await store('active', 'leaseExpiresAt', 10);
    lab().clock.forward(31);
    assert.equal(await enforceDeadlines(lab().deps), 0);
    assert.equal((await read(session.id)).status, 'active');
  });

  it('is logged and counted', async () => {
    const { outages: counter } = lab().deps.metrics;
    const before = (await counter.get()).values[0]?.value ?? 0;
    await store('active', 'leaseExpiresAt', 10);
    lab().logLines.length = 0;
    await beAwayFor(60);
    assert.equal((await counter.get()).values[0]?.value, before + 1);
    const [line] = lab().logLines.map((text) => JSON.parse(text));
    assert.deepEqual([line.msg, line.sessions], ['outage_of_our_own', 1]);
  });
});
