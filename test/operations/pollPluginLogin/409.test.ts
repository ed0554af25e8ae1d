import assert from 'node:assert/strict';
import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertError } from '../common/error-body.ts';
import { advanceToExpiry, poll } from '../common/login.ts';

describe('pollPluginLogin 409', () => {
  const app = useApp({ roles: ['api'] });

  async function claimed() {
    const attempt = await startLogin(app());
    const { id: user_id } = await makeUser(app());
    await decideLogin(app(), { login_attempt_id: attempt.login_attempt_id, outcome: 'completed', user_id });
    const { body } = await poll(app(), attempt);
    return { attempt, user_id, token: body.auth.cp_access_jwt };
  }

  it('gives the tokens out once: later polls get neither those nor new ones', async () => {
    const { attempt, user_id, token } = await claimed();
    for (let count = 0; count < 2; count += 1) {
      assertError(await poll(app(), attempt), 409, 'login_already_claimed');
    }
    assert.equal((await app().database('auth_sessions').where({ user_id })).length, 1);
    assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 200);
  });

  it('stays so when the time of the attempt is over', async () => {
    const { attempt } = await claimed();
    await advanceToExpiry(app(), attempt, -3_600);
    assertError(await poll(app(), attempt), 409, 'login_already_claimed');
  });
});
