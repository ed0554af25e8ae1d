import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { heartbeat, report, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('getActiveRelay 304', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  const ask = (token: string, known: string, query = ''): Promise<Answer> =>
    call(app(), 'GET', `/relay/active${query}`, { token, headers: { 'If-None-Match': known } });

  it('has the ETag and no body while the session is what the caller knows', async () => {
    const { token } = await signInNewUser(app());
    await startActive(app(), token);
    const tag = (await call(app(), 'GET', '/relay/active', { token })).headers.get('ETag') ?? '';
    const { status, text, headers } = await ask(token, tag);
    assert.equal(status, 304);
    assert.equal(text, '');
    assert.equal(headers.get('ETag'), tag);
  });

  it('compares weakly, in a list too, and takes * for any session', async () => {
    const { token } = await signInNewUser(app());
    const { session_id, version } = await startActive(app(), token);
    const strong = `"${session_id}-${version}"`;
    for (const known of [`W/${strong}`, strong, `"other", W/${strong}`, `${strong},"other"`, '*']) {
      assert.equal((await ask(token, known)).status, 304, known);
    }
    for (const known of [`"${session_id}-${version - 1}"`, `"${session_id}"`, session_id, '"*"']) {
      assert.equal((await ask(token, known)).status, 200, known);
    }
  });

  it('is given at the end of a wait in which nothing changed', async () => {
    const { token } = await signInNewUser(app());
    const { session_id, version } = await startActive(app(), token);
    const tag = `W/"${session_id}-${version}"`;
    assert.equal((await ask(token, tag, '?wait_seconds=1')).status, 304);
    assert.equal((await ask(token, tag, `?wait_seconds=1&since_version=${version}`)).status, 304);
  });

  it('is given after a lease renewal, and no more after a change of status', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const tag = `W/"${session.session_id}-${session.version}"`;
    await heartbeat(app(), token, session);
    assert.equal((await ask(token, tag)).status, 304);
    await report(app(), session, { ingest_active: true });
    await report(app(), session, { ingest_active: false });
    const { status, body } = await ask(token, tag);
    assert.equal(status, 200);
    assert.equal(body.session.status, 'grace');
  });

  it('is not given for the session of another user', async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    const { session_id, version } = await startActive(app(), mia.token);
    assert.equal((await ask(ben.token, `W/"${session_id}-${version}"`)).status, 204);
  });
});
