import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError } from '../common/error-body.ts';
import { poll } from '../common/login.ts';

describe('completePluginLogin 404', () => {
  const app = useApp({ roles: ['api'] });

  it('refuses an attempt that never was, with either outcome', async () => {
    const { id: user_id } = await makeUser(app());
    const login_attempt_id = `pla_${'0'.repeat(32)}`;
    for (const decision of [{ outcome: 'completed', user_id }, { outcome: 'denied' }]) {
      const answer = await assertNothingChanges(app(), () => decideLogin(app(), { login_attempt_id, ...decision }));
      assertError(answer, 404, 'not_found');
    }
  });

  it('refuses a user who never was, and leaves the attempt to be decided', async () => {
    const attempt = await startLogin(app());
    const { login_attempt_id } = attempt;
    const decision = { login_attempt_id, outcome: 'completed', user_id: `usr_${'0'.repeat(32)}` };
    assertError(await assertNothingChanges(app(), () => decideLogin(app(), decision)), 404, 'not_found');
    await decideLogin(app(), { login_attempt_id, outcome: 'denied' });
    assertError(await poll(app(), attempt), 403, 'login_denied', 'access_denied');
  });
});
