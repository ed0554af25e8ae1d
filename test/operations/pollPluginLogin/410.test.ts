import assert from 'node:assert/strict';
import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { assertError } from '../common/error-body.ts';
import { advanceToExpiry, poll, storedAttempt } from '../common/login.ts';

describe('pollPluginLogin 410', () => {
  const app = useApp({ roles: ['api'] });

  it('ends a pending attempt with its ten minutes', async () => {
    const attempt = await startLogin(app());
    await advanceToExpiry(app(), attempt, 0);
    assertError(await poll(app(), attempt), 410, 'login_attempt_expired');
  });

  it('ends a denied attempt with its ten minutes: the reason is told no more', async () => {
    const attempt = await startLogin(app());
    const { login_attempt_id } = attempt;
    await decideLogin(app(), { login_attempt_id, outcome: 'denied', reason_code: 'user_declined' });
    await advanceToExpiry(app(), attempt, 0);
    assertError(await poll(app(), attempt), 410, 'login_attempt_expired');
  });

  it('ends an approved attempt five minutes later, and signs nobody in then', async () => {
    const attempt = await startLogin(app());
    const { id: user_id } = await makeUser(app());
    await decideLogin(app(), { login_attempt_id: attempt.login_attempt_id, outcome: 'completed', user_id });
    await advanceToExpiry(app(), attempt, -300);
    assertError(await poll(app(), attempt), 410, 'login_attempt_expired');
    assert.equal((await storedAttempt(app(), attempt)).status, 'completed');
    assert.deepEqual(await app().database('auth_sessions').where({ user_id }), []);
  });
});
