import assert from 'node:assert/strict';
import { decideLogin, makeUser, signIn, startLogin } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { startTestApp, TEST_SECRETS, useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError } from '../common/error-body.ts';
import { advanceToExpiry, poll, storedAttempt } from '../common/login.ts';

describe('completePluginLogin 204', () => {
  const app = useApp({ roles: ['api'] });

  it('approves an attempt for a user, without a body in the answer', async () => {
    const attempt = await startLogin(app());
    const { id } = await makeUser(app());
    const answer = await decideLogin(app(), {
      login_attempt_id: attempt.login_attempt_id,
      outcome: 'completed',
      user_id: id,
    });
    assert.deepEqual([answer.status, answer.text], [204, '']);
    assert.match(answer.headers.get('X-Request-ID') ?? '', /^[0-9a-f-]{36}$/);
    const { body } = await poll(app(), attempt);
    assert.equal(body.user.id, id);
  });

  it('denies an attempt with the reason given', async () => {
    const attempt = await startLogin(app());
    const { login_attempt_id } = attempt;
    const answer = await decideLogin(app(), { login_attempt_id, outcome: 'denied', reason_code: 'too_late' });
    assert.equal(answer.status, 204);
    assertError(await poll(app(), attempt), 403, 'login_denied', 'too_late');
  });

  it('can be repeated with the same outcome, which changes nothing more', async () => {
    const [approved, denied] = [await startLogin(app()), await startLogin(app())];
    const { id: user_id } = await makeUser(app());
    const decisions = [
      { login_attempt_id: approved.login_attempt_id, outcome: 'completed', user_id },
      { login_attempt_id: denied.login_attempt_id, outcome: 'denied', reason_code: 'user_declined' },
    ];
    for (const decision of decisions) {
      assert.equal((await decideLogin(app(), decision)).status, 204);
      const again = await assertNothingChanges(app(), () => decideLogin(app(), decision));
      assert.equal(again.status, 204);
    }
    assertError(await poll(app(), denied), 403, 'login_denied', 'user_declined');
  });

  it('can be repeated after the tokens were claimed and after its time, without effect', async () => {
    const attempt = await startLogin(app());
    const { id: user_id } = await makeUser(app());
    const decision = { login_attempt_id: attempt.login_attempt_id, outcome: 'completed', user_id };
    await decideLogin(app(), decision);
    await poll(app(), attempt);
    await advanceToExpiry(app(), attempt, -1_000);
    assert.equal((await assertNothingChanges(app(), () => decideLogin(app(), decision))).status, 204);
    assertError(await poll(app(), attempt), 409, 'login_already_claimed');
  });

  it('of many decisions at once lets one win, and tells the others whether theirs was the same', async () => {
    const attempt = await startLogin(app());
    const { login_attempt_id } = attempt;
    const { id: user_id } = await makeUser(app());
    const outcomes = Array.from({ length: 10 }, (_, index) => (index % 2 ? 'completed' : 'denied'));
    const answers = await Promise.all(
      outcomes.map((outcome) =>
        decideLogin(app(), { login_attempt_id, outcome, ...(outcome === 'completed' ? { user_id } : {}) }),
      ),
    );
    const { status: winner } = await storedAttempt(app(), attempt);
    assert.deepEqual(
      answers.map((answer) => answer.status),
      outcomes.map((outcome) => (outcome === winner ? 204 : 409)),
    );
  });

  it('decides until the last second of the ten minutes', async () => {
    const attempt = await startLogin(app());
    const { id: user_id } = await makeUser(app());
    await advanceToExpiry(app(), attempt, 2);
    const { login_attempt_id } = attempt;
    assert.equal((await decideLogin(app(), { login_attempt_id, outcome: 'completed', user_id })).status, 204);
  });

  it('takes the previous secret as well, so that it can be replaced without a pause', async () => {
    const replaced = await startTestApp({
      roles: ['api'],
      databaseUrl: app().databaseUrl,
      env: {
        PLUGIN_LOGIN_COMPLETE_KEY: 'n'.repeat(43),
        PLUGIN_LOGIN_COMPLETE_KEY_PREVIOUS: TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY,
      },
    });
    try {
      await signIn(replaced);
      const { login_attempt_id } = await startLogin(replaced);
      const answer = await call(replaced, 'POST', '/auth/plugin/login/complete', {
        body: { login_attempt_id, outcome: 'denied' },
        headers: { 'X-Plugin-Login-Auth': 'n'.repeat(43) },
      });
      assert.equal(answer.status, 204);
    } finally {
      await replaced.stop();
    }
  });
});
