import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signIn, signInNewUser, start, startActive, waitForStatus } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { startHeld, stop, untilWaiting, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('getActiveRelay 204', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('has no body, and tells that there is no live session', async () => {
    const { token } = await signInNewUser(app());
    const { status, text, headers } = await call(app(), 'GET', '/relay/active', { token });
    assert.equal(status, 204);
    assert.equal(text, '');
    assert.equal(headers.get('Content-Type'), null);
    assert.match(headers.get('X-Request-ID') ?? '', /^[0-9a-f-]{36}$/);
  });

  it('is given for a connection without a session while another one has one', async () => {
    const { token } = await signInNewUser(app());
    await start(app(), token, { connection_id: randomUUID() });
    const { status } = await call(app(), 'GET', `/relay/active?connection_id=${randomUUID()}`, { token });
    assert.equal(status, 204);
  });

  it('is given to one user while another has a session of that connection', async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    const connection_id = randomUUID();
    await start(app(), mia.token, { connection_id });
    const path = `/relay/active?connection_id=${connection_id}`;
    assert.equal((await call(app(), 'GET', path, { token: ben.token })).status, 204);
    assert.equal((await call(app(), 'GET', '/relay/active', { token: ben.token })).status, 204);
  });

  it('is given at once when the session is stopped while a poll waits', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const { session_id, version } = session;
    const tag = `W/"${session_id}-${version}"`;
    const waiting = [
      call(app(), 'GET', '/relay/active?wait_seconds=25', { token }),
      call(app(), 'GET', `/relay/active?wait_seconds=25&since_version=${version}`, { token }),
      call(app(), 'GET', '/relay/active?wait_seconds=25', { token, headers: { 'If-None-Match': tag } }),
    ];
    await untilWaiting(app(), 3);
    await stop(app(), token, { session_id });
    const answers = await Promise.all(waiting);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [204, 204, 204],
    );
  });

  it('is given at once to a caller that knows of a version when no session is left', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await stop(app(), token, { session_id: session.session_id });
    const path = `/relay/active?wait_seconds=25&since_version=${session.version}`;
    assert.equal((await call(app(), 'GET', path, { token })).status, 204);
  });

  it('is given at once when a launch fails while a poll waits', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    const path = `/relay/active?wait_seconds=25&since_version=${held.version}`;
    const waiting = call(app(), 'GET', path, { token });
    await untilWaiting(app(), 1);
    await app().advanceClock(181);
    await app().worker?.enforceDeadlines();
    assert.equal((await waiting).status, 204);
  });

  it('is given at the end of a wait for a session that did not come', async () => {
    const { token } = await signInNewUser(app());
    assert.equal((await call(app(), 'GET', '/relay/active?wait_seconds=1', { token })).status, 204);
  });

  it('is given from the moment a deadline ends the session, before any job has noticed', async () => {
    const owner = await signInNewUser(app());
    const session = await startActive(app(), owner.token);
    await app().advanceClock(300 + 600);
    const { token } = await signIn(app(), owner.user);
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204);
    const stored = await app().database('relay_sessions').where({ id: session.session_id }).first('status');
    assert.equal(stored.status, 'active', 'no job has run');
  });

  it('is given after a deferred stop was honoured', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    await stop(app(), token, {});
    await app().provider.faults.set({ hold_step: null });
    await waitForStatus(app(), token, held, 'stopped');
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204);
  });
});
