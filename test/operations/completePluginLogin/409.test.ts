import assert from 'node:assert/strict';
import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError } from '../common/error-body.ts';
import { poll } from '../common/login.ts';

describe('completePluginLogin 409', () => {
  const app = useApp({ roles: ['api'] });

  async function decided(decision: object) {
    const attempt = await startLogin(app());
    const { login_attempt_id } = attempt;
    assert.equal((await decideLogin(app(), { login_attempt_id, ...decision })).status, 204);
    const decideAgain = (other: object) =>
      assertNothingChanges(app(), () => decideLogin(app(), { login_attempt_id, ...other }));
    return { attempt, decideAgain };
  }

  it('does not let an approval be taken back', async () => {
    const { id: user_id } = await makeUser(app());
    const { attempt, decideAgain } = await decided({ outcome: 'completed', user_id });
    assertError(await decideAgain({ outcome: 'denied' }), 409, 'conflict');
    assert.equal((await poll(app(), attempt)).body.user.id, user_id);
  });

  it('does not let an approval be moved to another user', async () => {
    const [one, other] = [await makeUser(app()), await makeUser(app())];
    const { attempt, decideAgain } = await decided({ outcome: 'completed', user_id: one.id });
    assertError(await decideAgain({ outcome: 'completed', user_id: other.id }), 409, 'conflict');
    assert.equal((await poll(app(), attempt)).body.user.id, one.id);
  });

  it('does not let a denial become an approval', async () => {
    const { id: user_id } = await makeUser(app());
    const { attempt, decideAgain } = await decided({ outcome: 'denied', reason_code: 'user_declined' });
    assertError(await decideAgain({ outcome: 'completed', user_id }), 409, 'conflict');
    assertError(await poll(app(), attempt), 403, 'login_denied', 'user_declined');
  });

  it('holds after the tokens were claimed', async () => {
    const { id: user_id } = await makeUser(app());
    const { attempt, decideAgain } = await decided({ outcome: 'completed', user_id });
    await poll(app(), attempt);
    assertError(await decideAgain({ outcome: 'denied' }), 409, 'conflict');
  });
});
