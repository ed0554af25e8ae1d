import assert from 'node:assert/strict';
import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError, withoutRequestId } from '../common/error-body.ts';
import { poll } from '../common/login.ts';

describe('pollPluginLogin 404', () => {
  const app = useApp({ roles: ['api'] });

  it('does not let a wrong token find out which attempts exist, or in what state they are', async () => {
    const [pending, completed, claimed, denied] = await Promise.all([1, 2, 3, 4].map(() => startLogin(app())));
    assert.ok(pending && completed && claimed && denied);
    const { id } = await makeUser(app());
    for (const { login_attempt_id } of [completed, claimed]) {
      await decideLogin(app(), { login_attempt_id, outcome: 'completed', user_id: id });
    }
    await poll(app(), claimed);
    await decideLogin(app(), { login_attempt_id: denied.login_attempt_id, outcome: 'denied' });

    const unknown = { login_attempt_id: `pla_${'0'.repeat(32)}`, poll_token: pending.poll_token };
    const expected = withoutRequestId(await poll(app(), unknown));
    for (const attempt of [pending, completed, claimed, denied]) {
      const wrong = { ...attempt, poll_token: `${attempt.poll_token.slice(0, -6)}AAAAAA` };
      const answer = await assertNothingChanges(app(), () => poll(app(), wrong));
      assertError(answer, 404, 'not_found');
      assert.deepEqual(withoutRequestId(answer), expected);
    }
  });

  it("refuses another attempt's token, and leaves both attempts as they are", async () => {
    const [mine, other] = [await startLogin(app()), await startLogin(app())];
    const swapped = { ...mine, poll_token: other.poll_token };
    assertError(await assertNothingChanges(app(), () => poll(app(), swapped)), 404, 'not_found');
    assert.equal((await poll(app(), mine)).status, 202);
  });

  it('refuses tokens of every other length', async () => {
    const attempt = await startLogin(app());
    for (const poll_token of ['a', attempt.poll_token.slice(1), `${attempt.poll_token}A`, 'é'.repeat(43)]) {
      assertError(await poll(app(), { ...attempt, poll_token }), 404, 'not_found');
    }
  });
});
