import assert from 'node:assert/strict';
import { enforceDeadlines } from '../../src/features/relay/deadline-job.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { lockSession } from '../../src/features/relay/session-store.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { plus } from '../support/relay-session.ts';
import { storeSession, transitionsOf } from '../support/stored-sessions.ts';

describe('the deadline job', () => {
  const lab = useRelayLab();
  let userId: string;

  beforeEach(async () => {
    await lab().database('relay_sessions').delete();
    await lab().deps.alive.jump();
    userId = await lab().makeUser();
    lab().jobs.length = 0;
  });

  /** Time passes with the API alive all along. */
  async function pass(seconds: number): Promise<void> {
    lab().clock.forward(seconds);
    await lab().deps.alive.jump();
  }

  async function storeActive(count: number, values: Partial<RelaySession> = {}): Promise<RelaySession[]> {
    const now = lab().clock.now();
    return Promise.all(
      Array.from({ length: count }, () => storeSession(lab().database, now, userId, 'active', values)),
    );
  }

  const intervals = () => lab().database('usage_intervals').where({ user_id: userId }).orderBy('session_id');

  it('stores each transition with the time of its deadline', async () => {
    const [session] = (await storeActive(1)) as [RelaySession];
    const activatedAt = session.activatedAt as Date;
    await pass(5_000);
    assert.equal(await enforceDeadlines(lab().deps), 1);
    assert.deepEqual(await transitionsOf(lab().database, session.id), [
      ['active > grace by lease_lapsed', plus(activatedAt, 300)],
      ['grace > stopped by grace_expired', plus(activatedAt, 900)],
    ]);
    const events = await lab().database('relay_session_events').where({ session_id: session.id });
    for (const event of events) {
      assert.deepEqual([event.actor, event.recorded_at, event.request_id], ['system', lab().clock.now(), null]);
    }
    const row = await lab().database('relay_sessions').where({ id: session.id }).first();
    assert.deepEqual(
      [row.status, row.stopped_at, row.stop_cause],
      ['stopped', plus(activatedAt, 900), 'grace_expired'],
    );
    assert.deepEqual(lab().jobs, [{ name: 'relay-deprovision', sessionId: session.id }]);
    assert.deepEqual(
      (await intervals()).map(({ started_at, ended_at }) => (ended_at - started_at) / 1000),
      [300],
    );
  });

  it('finds nothing more to do behind that', async () => {
    await storeActive(1);
    await pass(5_000);
    await enforceDeadlines(lab().deps);
    assert.equal(await enforceDeadlines(lab().deps), 0);
  });

  it('leaves alone what is not due', async () => {
    const [session] = (await storeActive(1)) as [RelaySession];
    await pass(299.999);
    assert.equal(await enforceDeadlines(lab().deps), 0);
    assert.deepEqual(await transitionsOf(lab().database, session.id), []);
  });

  it('fails a launch that takes longer than 180 s', async () => {
    const session = await storeSession(lab().database, lab().clock.now(), userId, 'provisioning');
    await pass(179.999);
    assert.equal(await enforceDeadlines(lab().deps), 0);
    await pass(0.001);
    assert.equal(await enforceDeadlines(lab().deps), 1);
    assert.deepEqual(await transitionsOf(lab().database, session.id), [
      ['provisioning > stopped by provision_timeout', plus(session.createdAt, 180)],
    ]);
    const row = await lab().database('relay_sessions').where({ id: session.id }).first();
    assert.equal(row.failure_code, 'provision_timeout');
    assert.deepEqual(await intervals(), []);
  });

  it('does everything once when several workers run it at the same time', async () => {
    const sessions = await storeActive(120);
    await pass(900);
    const workers = [1, 2, 3, 4].map(() => enforceDeadlines(lab().deps));
    const shares = await Promise.all(workers);
    // Each steps around what another one holds, so the rest is done by the next run.
    const rest = await enforceDeadlines(lab().deps);
    assert.equal(
      shares.reduce((sum, share) => sum + share, rest),
      120,
    );
    for (const { id } of sessions) {
      assert.deepEqual(
        (await transitionsOf(lab().database, id)).map(([line]) => line),
        ['active > grace by lease_lapsed', 'grace > stopped by grace_expired'],
      );
    }
    assert.deepEqual(
      (await intervals()).map(({ session_id, seq }) => `${session_id} ${seq}`),
      sessions.map(({ id }) => `${id} 1`).sort(),
    );
    assert.deepEqual(
      lab()
        .jobs.map(({ sessionId }) => sessionId)
        .sort(),
      sessions.map(({ id }) => id).sort(),
    );
  });

  it('does not wait for a session that someone else holds', async () => {
    const [held, free] = (await storeActive(2)) as [RelaySession, RelaySession];
    await pass(300);
    await lab().database.transaction(async (trx) => {
      await lockSession(trx, held.id);
      assert.equal(await enforceDeadlines(lab().deps), 1);
    });
    assert.equal((await transitionsOf(lab().database, free.id)).length, 1);
    assert.equal(await enforceDeadlines(lab().deps), 1);
    assert.equal((await transitionsOf(lab().database, held.id)).length, 1);
  });

  it('reaches those that may not wait for us past many that have to', async () => {
    // The API's last mark is older than all of these leases.
    const waiting = await storeActive(60);
    lab().clock.forward(320);
    const launch = await storeSession(lab().database, plus(lab().clock.now(), -200), userId, 'provisioning');
    const capped = await storeActive(1, { capExpiresAt: plus(lab().clock.now(), -1) });
    assert.equal(await enforceDeadlines(lab().deps), 2);
    assert.equal(
      (await transitionsOf(lab().database, launch.id))[0]?.[0],
      'provisioning > stopped by provision_timeout',
    );
    assert.equal(
      (await transitionsOf(lab().database, String(capped[0]?.id)))[0]?.[0],
      'active > stopped by max_duration',
    );
    for (const { id } of waiting) assert.deepEqual(await transitionsOf(lab().database, id), []);
  });
});
