import assert from 'node:assert/strict';
import { makeUser, startLogin } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { assertRefused, operatorOf } from './operator.ts';

describe('login approve', () => {
  const app = useApp({ roles: ['api'] });
  const operator = () => operatorOf(app());
  const poll = (attempt: object) => call(app(), 'POST', '/auth/plugin/login/poll', { body: attempt });

  it('signs the plugin in that waits', async () => {
    const { id, email } = await makeUser(app());
    const attempt = await startLogin(app());
    assert.equal((await poll(attempt)).status, 202);
    const { login_attempt_id } = attempt;
    assert.deepEqual(await operator().json('login', 'approve', login_attempt_id, '--user', id), {
      login_attempt_id,
      outcome: 'completed',
      user_id: id,
    });
    const { status, body } = await poll(attempt);
    assert.deepEqual([status, body.status, body.user.email], [200, 'completed', email]);
    const { cp_access_jwt: token } = body.auth;
    assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 200);
  });

  it('refuses a user that does not exist, and the attempt goes on', async () => {
    const attempt = await startLogin(app());
    const outcome = await operator().run('login', 'approve', attempt.login_attempt_id, '--user', 'usr_0');
    assertRefused(outcome, /^There is no user with this id\.$/m);
    assert.equal((await poll(attempt)).status, 202);
  });

  it('may be repeated for the same user, and not for another one', async () => {
    const [{ id }, another] = [await makeUser(app()), await makeUser(app())];
    const { login_attempt_id } = await startLogin(app());
    await operator().json('login', 'approve', login_attempt_id, '--user', id);
    await operator().json('login', 'approve', login_attempt_id, '--user', id);
    const outcome = await operator().run('login', 'approve', login_attempt_id, '--user', another.id);
    assertRefused(outcome, /^This login attempt was decided otherwise already\.$/m);
  });

  it('refuses an attempt whose time is over', async () => {
    const { id } = await makeUser(app());
    const { login_attempt_id } = await startLogin(app());
    const expires_at = new Date(Date.now() - 1_000);
    await app().database('plugin_login_attempts').where({ id: login_attempt_id }).update({ expires_at });
    const outcome = await operator().run('login', 'approve', login_attempt_id, '--user', id);
    assertRefused(outcome, /^This login attempt is over\. Begin a new one\.$/m);
  });
});
