import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { assertError, faultPaths, stop } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('stopRelay 400', () => {
  const app = useApp({ roles: ['api'] });

  it('needs a name when several sessions are live, and stops none of them', async () => {
    const { token } = await signInNewUser(app());
    await start(app(), token);
    await start(app(), token, { connection_id: randomUUID() });
    for (const body of [{}, { reason: 'shutdown' }]) {
      assert.deepEqual(faultPaths(await stop(app(), token, body)), ['/body']);
    }
    const wishes = await app().database('relay_sessions').whereNotNull('stop_requested_at');
    assert.deepEqual(wishes, []);
    const { body } = await call(app(), 'GET', '/auth/session', { token });
    assert.equal(body.active_sessions.length, 2);
  });

  it('lists all faults of a body at once', async () => {
    const { token } = await signInNewUser(app());
    const body = { session_id: 'rly_1', connection_id: 'first', reason: 'bored', defer: 'perhaps' };
    assert.deepEqual(faultPaths(await stop(app(), token, body)), [
      '/body/connection_id',
      '/body/defer',
      '/body/reason',
      '/body/session_id',
    ]);
  });

  for (const body of ['', 'null', '[]', '{"session_id":', '{"session_id":"ses_a\u0000b"}', '{"session_id":null}']) {
    it(`refuses the body ${JSON.stringify(body)}`, async () => {
      const { token } = await signInNewUser(app());
      assertError(await call(app(), 'POST', '/relay/stop', { token, body }), 400, 'invalid_request');
    });
  }
});
