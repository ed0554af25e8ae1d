import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError } from '../common/error-body.ts';
import { advanceToExpiry, poll } from '../common/login.ts';

describe('completePluginLogin 410', () => {
  const app = useApp({ roles: ['api'] });

  it('decides nothing once the ten minutes are over, with either outcome', async () => {
    const attempt = await startLogin(app());
    const { login_attempt_id } = attempt;
    const { id: user_id } = await makeUser(app());
    await advanceToExpiry(app(), attempt, 0);
    for (const decision of [{ outcome: 'completed', user_id }, { outcome: 'denied' }]) {
      const answer = await assertNothingChanges(app(), () => decideLogin(app(), { login_attempt_id, ...decision }));
      assertError(answer, 410, 'login_attempt_expired');
    }
    assertError(await poll(app(), attempt), 410, 'login_attempt_expired');
  });
});
