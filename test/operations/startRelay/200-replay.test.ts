import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, startActive, waitForStatus } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { assertError, stop, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

/** Asserts the answer to a replay, and answers its session. */
function replayed(answer: Answer, sessionId: string): Answer['body'] {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('Idempotent-Replayed'), 'true');
  assert.equal(answer.body.session.session_id, sessionId);
  return answer.body.session;
}

describe('startRelay 200, a replay', () => {
  const app = useApp();
  useFaults(app);

  it('answers the same key with the session as it is now', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    const { body } = await start(app(), token, {}, key);
    const active = await waitForStatus(app(), token, body.session, 'active');
    const session = replayed(await start(app(), token, {}, key), body.session.session_id);
    assert.equal(session.status, 'active');
    assert.equal(session.version, active.version);
    assert.deepEqual(session.credentials, body.session.credentials);
  });

  it('takes a key in either case of letters for the same', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    const { body } = await start(app(), token, {}, key);
    replayed(await start(app(), token, {}, key.toUpperCase()), body.session.session_id);
  });

  it('takes an alias and the name of a region, and auto and the default one, for the same', async () => {
    const { token } = await signInNewUser(app());
    for (const names of [
      ['us-east', 'us-east-1', 'auto', ''],
      ['eu-west-1', 'eu-west'],
    ]) {
      const [key, connection_id] = [randomUUID(), randomUUID()];
      const { body } = await start(app(), token, { connection_id, region_preference: names[0] }, key);
      for (const region_preference of names) {
        replayed(await start(app(), token, { connection_id, region_preference }, key), body.session.session_id);
      }
    }
  });

  it('does not compare client_context', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    const client_context = { obs_connected: true, mode: 'auto', requested_by: 'obs-plugin' };
    const { body } = await start(app(), token, { client_context }, key);
    replayed(await start(app(), token, { client_context: { obs_connected: false } }, key), body.session.session_id);
    replayed(await start(app(), token, {}, key), body.session.session_id);
  });

  it('shows a session that was stopped since as stopped, without credentials', async () => {
    const { token } = await signInNewUser(app());
    const [key, connection_id] = [randomUUID(), randomUUID()];
    const first = await start(app(), token, { connection_id }, key);
    const { session_id, credentials } = first.body.session;
    await waitForStatus(app(), token, first.body.session, 'active');
    await stop(app(), token, { session_id });
    const answer = await start(app(), token, { connection_id }, key);
    const session = replayed(answer, session_id);
    assert.equal(session.status, 'stopped');
    assert.equal(session.credentials, undefined);
    for (const secret of Object.values<string>(credentials)) assert.equal(answer.text.includes(secret), false);
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204, 'nothing was started');
  });

  it('shows a launch that failed since with its failure', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    await app().provider.faults.set({ reject_provision: true });
    const { body } = await start(app(), token, {}, key);
    await waitForStatus(app(), token, body.session, 'stopped');
    const session = replayed(await start(app(), token, {}, key), body.session.session_id);
    assert.equal(session.failure.code, 'provision_failed');
  });

  it('answers 200 at the connection limit, where a new connection gets 403', async () => {
    const { token } = await signInNewUser(app(), 'starter');
    const [key, connection_id] = [randomUUID(), randomUUID()];
    const { body } = await start(app(), token, { connection_id }, key);
    assertError(await start(app(), token, { connection_id: randomUUID() }), 403, 'connection_limit_reached');
    replayed(await start(app(), token, { connection_id }, key), body.session.session_id);
  });

  it('comes before everything else: neither the plan nor the slot is asked', async () => {
    const { token, user, login } = await signInNewUser(app());
    const stream_token = login.body.stream_slots[0].stream_token;
    const key = randomUUID();
    const { body } = await start(app(), token, { stream_token }, key);
    await call(app(), 'POST', '/user/regenerate-token', { token, body: {} });
    await app().database('users').where({ id: user.id }).update({ plan_status: 'canceled' });
    replayed(await start(app(), token, { stream_token }, key), body.session.session_id);
  });

  it('is about the key even when the connection has another session by now', async () => {
    const { token } = await signInNewUser(app());
    const [key, connection_id] = [randomUUID(), randomUUID()];
    const first = await start(app(), token, { connection_id }, key);
    await waitForStatus(app(), token, first.body.session, 'active');
    await stop(app(), token, { connection_id });
    const second = await startActive(app(), token, { connection_id });
    assert.notEqual(second.session_id, first.body.session.session_id);
    replayed(await start(app(), token, { connection_id }, key), first.body.session.session_id);
  });

  it('is kept per user: one user cannot meet the key of another', async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    const key = randomUUID();
    const first = await start(app(), mia.token, {}, key);
    const second = await start(app(), ben.token, {}, key);
    assert.equal(second.status, 201);
    assert.notEqual(second.body.session.session_id, first.body.session.session_id);
  });
});
