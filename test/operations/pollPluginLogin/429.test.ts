import assert from 'node:assert/strict';
import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { assertError } from '../common/error-body.ts';
import { poll } from '../common/login.ts';

describe('pollPluginLogin 429', () => {
  const app = useApp({ roles: ['api'], env: { RATE_LIMIT_FACTOR: '1' } });

  it('lets an attempt be polled every two seconds', async () => {
    const attempt = await startLogin(app());
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await poll(app(), attempt)).status, 202);
      await app().advanceClock(2);
    }
  });

  it('refuses a poll that comes earlier, and says when to come back', async () => {
    const attempt = await startLogin(app());
    assert.equal((await poll(app(), attempt)).status, 202);
    const answer = await poll(app(), attempt);
    const { details } = assertError(answer, 429, 'rate_limited', 'slow_down');
    assert.deepEqual(details, { limit: 1, window_seconds: 2 });
    assert.match(answer.headers.get('Retry-After') ?? '', /^[12]$/);
    assert.deepEqual(
      [answer.headers.get('X-RateLimit-Limit'), answer.headers.get('X-RateLimit-Remaining')],
      ['1', '0'],
    );
  });

  it('counts from the last poll that was let through: impatience costs nothing more', async () => {
    const attempt = await startLogin(app());
    await poll(app(), attempt);
    assert.equal((await poll(app(), attempt)).status, 429);
    await app().advanceClock(2);
    assert.equal((await poll(app(), attempt)).status, 202);
  });

  it('keeps the tokens for the next poll in time', async () => {
    const attempt = await startLogin(app());
    await poll(app(), attempt);
    const { id: user_id } = await makeUser(app());
    await decideLogin(app(), { login_attempt_id: attempt.login_attempt_id, outcome: 'completed', user_id });
    assertError(await poll(app(), attempt), 429, 'rate_limited', 'slow_down');
    await app().advanceClock(2);
    assert.equal((await poll(app(), attempt)).status, 200);
  });

  it('keeps the pace of each attempt apart', async () => {
    const [one, other] = [await startLogin(app()), await startLogin(app())];
    assert.equal((await poll(app(), one)).status, 202);
    assert.equal((await poll(app(), other)).status, 202);
  });

  it('lets nobody without the token slow an attempt down', async () => {
    const attempt = await startLogin(app());
    const wrong = { ...attempt, poll_token: 'guess' };
    assert.equal((await poll(app(), wrong)).status, 404);
    assert.equal((await poll(app(), wrong)).status, 404);
    assert.equal((await poll(app(), attempt)).status, 202);
  });
});
