import assert from 'node:assert/strict';
import { decideLogin, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { assertError } from '../common/error-body.ts';
import { advanceToExpiry, poll } from '../common/login.ts';

describe('pollPluginLogin 403', () => {
  const app = useApp({ roles: ['api'] });

  async function denied(reason: object = {}) {
    const attempt = await startLogin(app());
    const { login_attempt_id } = attempt;
    assert.equal((await decideLogin(app(), { login_attempt_id, outcome: 'denied', ...reason })).status, 204);
    return attempt;
  }

  it('tells the reason that was given, on every poll', async () => {
    const attempt = await denied({ reason_code: 'user_declined' });
    assertError(await poll(app(), attempt), 403, 'login_denied', 'user_declined');
    assertError(await poll(app(), attempt), 403, 'login_denied', 'user_declined');
  });

  it('tells a reason even if none was given', async () => {
    assertError(await poll(app(), await denied()), 403, 'login_denied', 'access_denied');
  });

  it('stays until the attempt is over', async () => {
    const attempt = await denied({ reason_code: 'user_declined' });
    await advanceToExpiry(app(), attempt, 2);
    assertError(await poll(app(), attempt), 403, 'login_denied', 'user_declined');
  });

  it('signs nobody in', async () => {
    const attempt = await denied();
    const before = await app().database('auth_sessions').count();
    await poll(app(), attempt);
    assert.deepEqual(await app().database('auth_sessions').count(), before);
  });
});
