import assert from 'node:assert/strict';
import { type SignedIn, signIn, signInNewUser, startActive } from '../../support/factories.ts';
import type { Answer } from '../../support/http.ts';
import { eventsOf, heartbeat, readSession, report, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('reportRelayHealth 200, into grace and back', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  /** An active session whose relay has told of a stream, and its owner. */
  async function startFed(): Promise<{ owner: SignedIn; session: Answer['body'] }> {
    const owner = await signInNewUser(app());
    const session = await startActive(app(), owner.token);
    assert.equal((await report(app(), session, { ingest_active: true })).body.status, 'active');
    return { owner, session };
  }

  /** The transitions behind the activation, as `from>to cause by`. */
  async function movesOf(sessionId: string): Promise<string[]> {
    const events = (await eventsOf(app(), sessionId)).slice(2);
    return events.map(({ from_status, to_status, cause, actor }) => `${from_status}>${to_status} ${cause} by ${actor}`);
  }

  it('goes into grace when a stream that was there is gone, and back when it is there again', async () => {
    const { owner, session } = await startFed();
    const lost = await report(app(), session, { ingest_active: false });
    assert.deepEqual(lost.body, { ok: true, status: 'grace', lease_expires_at: null });
    const grace = await readSession(app(), owner.token, session.session_id);
    assert.deepEqual([grace.status, grace.timers.lease_expires_at], ['grace', null]);
    assert.equal(grace.timers.grace_remaining_seconds <= 600, true);
    assert.deepEqual(grace.credentials, session.credentials);
    await app().advanceClock(300);
    const back = await report(app(), session, { ingest_active: true });
    assert.equal(back.body.status, 'active');
    const now = await readSession(app(), owner.token, session.session_id);
    assert.equal(now.version, session.version + 2);
    assert.equal(now.timers.grace_remaining_seconds, 600);
    assert.equal(now.usage.duration_seconds < 300, true, 'grace costs nothing');
    assert.deepEqual(await movesOf(session.session_id), [
      'active>grace ingest_lost by relay',
      'grace>active ingest_restored by relay',
    ]);
  });

  it('stays active without a stream for as long as there never was one', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await report(app(), session, { ingest_active: false })).body.status, 'active');
    }
    assert.equal((await readSession(app(), token, session.session_id)).version, session.version);
  });

  it('stays in grace while the stream is gone, whoever sends heartbeats, and ends after 600 seconds', async () => {
    const { owner, session } = await startFed();
    await report(app(), session, { ingest_active: false });
    const { updated_at } = await readSession(app(), owner.token, session.session_id);
    for (let count = 0; count < 3; count += 1) {
      await app().advanceClock(150);
      assert.equal((await heartbeat(app(), owner.token, session)).body.status, 'grace');
      assert.equal((await report(app(), session, { ingest_active: false })).body.status, 'grace');
    }
    await app().advanceClock(150);
    const ended = await readSession(app(), owner.token, session.session_id);
    assert.equal(ended.status, 'stopped');
    assert.equal(Date.parse(ended.updated_at), Date.parse(updated_at) + 600_000);
  });

  for (const by of ['owner', 'relay'] as const) {
    it(`comes back from a lapsed lease by any heartbeat of the ${by}`, async () => {
      const { token } = await signInNewUser(app());
      const session = await startActive(app(), token);
      await app().advanceClock(400);
      assert.equal((await readSession(app(), token, session.session_id)).status, 'grace');
      const before = app().clock.now().getTime();
      const { body } = by === 'owner' ? await heartbeat(app(), token, session) : await report(app(), session);
      assert.equal(body.status, 'active');
      assert.equal(Date.parse(body.lease_expires_at) >= before + 300_000, true);
      const [, , grace, back] = await eventsOf(app(), session.session_id);
      assert.equal(grace?.at.toISOString(), session.timers.lease_expires_at, 'grace began when the lease ended');
      assert.equal((back?.at.getTime() ?? 0) >= before, true);
      assert.deepEqual(await movesOf(session.session_id), [
        `active>grace lease_lapsed by ${by === 'owner' ? 'user' : 'relay'}`,
        `grace>active heartbeat by ${by === 'owner' ? 'user' : 'relay'}`,
      ]);
      const { usage, version } = await readSession(app(), token, session.session_id);
      assert.equal(version, session.version + 2);
      assert.equal(usage.duration_seconds <= 301, true, `grace costs nothing: ${usage.duration_seconds}`);
    });
  }

  it('comes back from a lapsed lease by a report without a stream, if there never was one', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await app().advanceClock(400);
    assert.equal((await report(app(), session, { ingest_active: false })).body.status, 'active');
  });

  it('comes back from a lapsed lease even though the stream was fed before', async () => {
    const { owner, session } = await startFed();
    await app().advanceClock(400);
    assert.equal((await heartbeat(app(), owner.token, session)).body.status, 'active');
  });

  it('does not end a session that came back, at the end of its first grace', async () => {
    const { owner, session } = await startFed();
    await report(app(), session, { ingest_active: false });
    await app().advanceClock(500);
    await report(app(), session, { ingest_active: true });
    await app().advanceClock(200);
    await app().worker?.enforceDeadlines();
    assert.equal((await readSession(app(), owner.token, session.session_id)).status, 'active');
  });

  it('goes through grace several times, and bills the active time alone', async () => {
    const { owner, session } = await startFed();
    for (let round = 0; round < 3; round += 1) {
      await app().advanceClock(100);
      await report(app(), session, { ingest_active: false });
      await app().advanceClock(500);
      await report(app(), session, { ingest_active: true });
    }
    const { token } = await signIn(app(), owner.user);
    const { usage } = await readSession(app(), token, session.session_id);
    const events = (await eventsOf(app(), session.session_id)).filter(({ from_status }) => from_status !== null);
    const floor = (at: Date) => Math.floor(at.getTime() / 1000);
    let expected = 0;
    for (const [index, { to_status, at }] of events.entries()) {
      const next = events[index + 1];
      if (to_status === 'active' && next) expected += floor(next.at) - floor(at);
    }
    assert.equal(expected >= 300 && expected < 360, true, `${expected}`);
    assert.equal(usage.duration_seconds >= expected && usage.duration_seconds < expected + 60, true);
  });
});
