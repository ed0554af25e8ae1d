import assert from 'node:assert/strict';
import { signIn, startLogin } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { TEST_SECRETS, useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError, withoutRequestId } from '../common/error-body.ts';

const { PLUGIN_LOGIN_COMPLETE_KEY: KEY, RELAY_SHARED_KEY, JWT_SECRET } = TEST_SECRETS;
const WRONG: [name: string, key: string][] = [
  ['a prefix of the secret', KEY.slice(0, -1)],
  ['the secret and more', `${KEY}A`],
  ['the secret in other letters', KEY.toLowerCase() === KEY ? KEY.toUpperCase() : KEY.toLowerCase()],
  ['the secret behind a scheme', `Bearer ${KEY}`],
  ["the relays' key", RELAY_SHARED_KEY],
  ['the secret of access tokens', JWT_SECRET],
];

describe('completePluginLogin 401', () => {
  const app = useApp({ roles: ['api'] });

  async function decide(headers: Record<string, string>) {
    const { user } = await signIn(app());
    const { login_attempt_id } = await startLogin(app());
    const body = { login_attempt_id, outcome: 'completed', user_id: user.id };
    return assertNothingChanges(app(), () => call(app(), 'POST', '/auth/plugin/login/complete', { body, headers }));
  }

  for (const [name, key] of WRONG) {
    it(`refuses ${name} just as a missing one, and decides nothing`, async () => {
      const answer = await decide({ 'X-Plugin-Login-Auth': key });
      assertError(answer, 401, 'unauthorized');
      assert.deepEqual(withoutRequestId(answer), withoutRequestId(await decide({})));
    });
  }

  it("refuses a user's access token: nobody approves a sign-in with a sign-in", async () => {
    const { token } = await signIn(app());
    await call(app(), 'GET', '/auth/session', { token });
    assertError(await decide({ Authorization: `Bearer ${token}` }), 401, 'unauthorized');
  });
});
