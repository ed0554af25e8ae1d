import assert from 'node:assert/strict';
import { signInNewUser, start } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { assertError } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('getRelaySession 404', () => {
  const app = useApp({ roles: ['api'] });

  it("has the same body for someone else's session as for one that never was", async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    const started = await start(app(), mia.token);
    const { session_id } = started.body.session;
    const ask = (token: string, id: string) => call(app(), 'GET', `/relay/sessions/${id}`, { token });
    const foreign = assertError(await ask(ben.token, session_id), 404, 'not_found');
    const unknown = assertError(await ask(ben.token, 'ses_019aa1c30000710092a3b4c5d6e7f809'), 404, 'not_found');
    assert.deepEqual(foreign, unknown);
    assert.deepEqual(Object.keys(foreign).sort(), ['code', 'details', 'message']);
    assert.equal((await ask(mia.token, session_id)).status, 200, 'it is there for its owner');
  });
});
