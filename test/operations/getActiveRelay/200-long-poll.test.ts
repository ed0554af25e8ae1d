import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { report, startHeld, stop, untilWaiting, useFaults } from '../../support/relay-calls.ts';
import { startTestApp, useApp } from '../../support/test-app.ts';

describe('getActiveRelay 200, a long poll', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  /** Sends a poll; `query` beyond the longest wait. */
  const poll = (token: string, query = '', headers: Record<string, string> = {}): Promise<Answer> =>
    call(app(), 'GET', `/relay/active?wait_seconds=25${query}`, { token, headers });

  it('is answered as soon as a session appears', async () => {
    const { token } = await signInNewUser(app());
    const waiting = poll(token);
    await untilWaiting(app(), 1);
    const started = await start(app(), token);
    const { status, body } = await waiting;
    assert.equal(status, 200);
    assert.equal(body.session.session_id, started.body.session.session_id);
  });

  it('with since_version=0 waits for a session too, and is answered at once by one that is there', async () => {
    const { token } = await signInNewUser(app());
    const waiting = poll(token, '&since_version=0');
    await untilWaiting(app(), 1);
    await start(app(), token);
    assert.equal((await waiting).status, 200);
    assert.equal((await poll(token, '&since_version=0')).status, 200);
  });

  it('is answered when the session changes: at its activation, too', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token, {}, 'creating_stream');
    const waiting = [poll(token), poll(token, `&since_version=${held.version}`)];
    await untilWaiting(app(), 2);
    await app().provider.faults.set({ hold_step: null });
    for (const { status, body } of await Promise.all(waiting)) {
      assert.equal(status, 200);
      assert.equal(body.session.status, 'active');
      assert.equal(body.session.version > held.version, true, `${body.session.version} after ${held.version}`);
    }
  });

  it('is answered when a report takes the session into grace', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await report(app(), session, { ingest_active: true });
    const waiting = poll(token, `&since_version=${session.version}`);
    await untilWaiting(app(), 1);
    await report(app(), session, { ingest_active: false });
    assert.equal((await waiting).body.session.status, 'grace');
  });

  it('is answered when the clock takes the session into grace', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const waiting = poll(token, `&since_version=${session.version}`);
    await untilWaiting(app(), 1);
    await app().advanceClock(301);
    await app().worker?.enforceDeadlines();
    const { body } = await waiting;
    assert.equal(body.session.session_id, session.session_id);
    assert.equal(body.session.status, 'grace');
  });

  it('is answered at once when the version is another one than the caller knows', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    for (const version of [session.version - 1, session.version + 1]) {
      const { status, body } = await poll(token, `&since_version=${version}`);
      assert.equal(status, 200);
      assert.equal(body.session.version, session.version);
    }
  });

  it('is answered at once when the caller knows another ETag', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const known = `W/"${session.session_id}-${session.version - 1}"`;
    assert.equal((await poll(token, '', { 'If-None-Match': known })).status, 200);
  });

  it('is answered when another session takes the place of the one that the caller knows, at the same version', async () => {
    const { token } = await signInNewUser(app());
    await app().provider.faults.set({ hold_provision_answer: true });
    const first = (await start(app(), token)).body.session;
    const waiting = poll(token, `&since_version=${first.version}`);
    await untilWaiting(app(), 1);
    // A poll looks once more when it begins to wait; only then may the clock end the first session.
    const pool = app().database.client.pool as { numUsed(): number; numPendingAcquires(): number };
    await eventually(() => assert.equal(pool.numUsed() + pool.numPendingAcquires(), 0));
    await app().advanceClock(181);
    const second = (await start(app(), token)).body.session;
    assert.notEqual(second.session_id, first.session_id);
    assert.equal(second.version, first.version);
    assert.equal((await waiting).body.session.session_id, second.session_id);
  }).timeout(10_000);

  it('is not answered by a lease renewal, nor by another connection', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = randomUUID();
    const session = await startActive(app(), token, { connection_id });
    const waiting = poll(token, `&connection_id=${connection_id}&since_version=${session.version}`);
    await untilWaiting(app(), 1);
    await report(app(), session);
    await startActive(app(), token, { connection_id: randomUUID() });
    await untilWaiting(app(), 1);
    await stop(app(), token, { connection_id });
    assert.equal((await waiting).status, 204, 'it was held until its own session ended');
  });

  it('answers with the unchanged session at the end of the wait', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const path = `/relay/active?wait_seconds=1&since_version=${session.version}`;
    const { status, body, headers } = await call(app(), 'GET', path, { token });
    assert.equal(status, 200);
    assert.equal(body.session.version, session.version);
    assert.equal(headers.get('ETag'), `W/"${session.session_id}-${session.version}"`);
  });

  it('is answered at once when the server drains', async () => {
    const own = await startTestApp({ roles: ['api'] });
    const [mia, ben] = [await signInNewUser(own), await signInNewUser(own)];
    const started = await start(own, mia.token);
    const { session_id, version } = started.body.session;
    const waiting = Promise.all([
      call(own, 'GET', `/relay/active?wait_seconds=25&since_version=${version}`, { token: mia.token }),
      call(own, 'GET', '/relay/active?wait_seconds=25', { token: ben.token }),
    ]);
    await untilWaiting(own, 2);
    const [[withSession, withNone]] = await Promise.all([waiting, own.stop()]);
    assert.equal(withSession.status, 200);
    assert.equal(withSession.body.session.session_id, session_id);
    assert.equal(withNone.status, 204);
  });
});
