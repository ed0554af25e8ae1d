import assert from 'node:assert/strict';
import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { advanceToExpiry, poll, storedAttempt } from '../common/login.ts';

describe('pollPluginLogin 202', () => {
  const app = useApp({ roles: ['api'] });

  it('says pending, and nothing else, until someone decides', async () => {
    const attempt = await startLogin(app());
    for (let count = 0; count < 3; count += 1) {
      const { status, body } = await poll(app(), attempt);
      assert.deepEqual([status, body], [202, { status: 'pending' }]);
    }
  });

  it('says pending until the last second of the ten minutes', async () => {
    const attempt = await startLogin(app());
    await advanceToExpiry(app(), attempt, 2);
    assert.equal((await poll(app(), attempt)).status, 202);
  });

  it('signs nobody in', async () => {
    const attempt = await startLogin(app());
    const before = await app().database('auth_sessions').count();
    await poll(app(), attempt);
    assert.equal((await storedAttempt(app(), attempt)).status, 'pending');
    assert.deepEqual(await app().database('auth_sessions').count(), before);
  });

  it('is not moved by a decision on another attempt', async () => {
    const [mine, other] = [await startLogin(app()), await startLogin(app())];
    const { id } = await makeUser(app());
    await decideLogin(app(), { login_attempt_id: other.login_attempt_id, outcome: 'completed', user_id: id });
    assert.equal((await poll(app(), mine)).status, 202);
    assert.equal((await poll(app(), other)).status, 200);
  });
});
