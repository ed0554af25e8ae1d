import assert from 'node:assert/strict';
import { signInNewUser, start, waitForStatus } from '../../support/factories.ts';
import { assertError, eventsOf, readSession, stop } from '../../support/relay-calls.ts';
import { startTestApp, useApp } from '../../support/test-app.ts';

describe('stopRelay 409', () => {
  // No worker: the launch stays where it is.
  const app = useApp({ roles: ['api'] });

  it('refuses a stop that must not wait while the relay is launched, and says what is possible', async () => {
    const { token } = await signInNewUser(app());
    const started = await start(app(), token);
    const { session_id } = started.body.session;
    const answer = await stop(app(), token, { session_id, defer: false });
    const { details } = assertError(answer, 409, 'invalid_transition');
    assert.deepEqual(details, { from: 'provisioning', to: 'stopped', allowed: ['active'] });
    assert.match(answer.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
  });

  it('changes nothing: the launch goes on', async () => {
    const { token } = await signInNewUser(app());
    const { session } = (await start(app(), token)).body;
    assertError(await stop(app(), token, { defer: false }), 409, 'invalid_transition');
    assert.deepEqual(await readSession(app(), token, session.session_id), session);
    assert.equal((await eventsOf(app(), session.session_id)).length, 1);
    const worker = await startTestApp({ roles: ['worker'], databaseUrl: app().databaseUrl });
    await waitForStatus(app(), token, session, 'active').finally(worker.stop);
  });

  it('does not take back a wish that was recorded before', async () => {
    const { token } = await signInNewUser(app());
    const { session } = (await start(app(), token)).body;
    assert.equal((await stop(app(), token, {})).status, 202);
    assertError(await stop(app(), token, { defer: false }), 409, 'invalid_transition');
    const worker = await startTestApp({ roles: ['worker'], databaseUrl: app().databaseUrl });
    await waitForStatus(app(), token, session, 'stopped').finally(worker.stop);
  });
});
