import assert from 'node:assert/strict';
import { signIn } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError } from '../common/error-body.ts';
import { refresh } from '../common/login.ts';

const DAY = 86_400;

describe('refreshAuth 410', () => {
  const app = useApp({ roles: ['api'] });

  async function assertOver(refreshToken: string): Promise<void> {
    const answer = await assertNothingChanges(app(), () => refresh(app(), refreshToken));
    assertError(answer, 410, 'session_expired');
  }

  it('ends a sign-in that was not refreshed for thirty days', async () => {
    const { refreshToken } = await signIn(app());
    await app().advanceClock(30 * DAY);
    await assertOver(refreshToken);
  });

  it('ends it for the parent of an unused successor too: a repetition does not slide', async () => {
    const { refreshToken } = await signIn(app());
    await app().advanceClock(20 * DAY);
    await refresh(app(), refreshToken);
    await app().advanceClock(20 * DAY);
    assert.equal((await refresh(app(), refreshToken)).status, 200);
    await app().advanceClock(10 * DAY);
    await assertOver(refreshToken);
  });

  it('ends every sign-in after a year, however often it was refreshed', async () => {
    let { refreshToken } = await signIn(app());
    const rotate = async () => {
      const { status, body } = await refresh(app(), refreshToken);
      assert.equal(status, 200);
      refreshToken = body.auth.refresh_token;
      return body.auth.cp_access_jwt as string;
    };
    for (let day = 28; day <= 364; day += 28) {
      await app().advanceClock(28 * DAY);
      await rotate();
    }
    await app().advanceClock(DAY - 60);
    const token = await rotate();
    assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 200);
    await app().advanceClock(60);
    await assertOver(refreshToken);
    // An access token does not outlive its sign-in.
    assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 401);
  });

  it('ends with a logout, for every token of the device', async () => {
    const { token, refreshToken } = await signIn(app());
    const { body } = await refresh(app(), refreshToken);
    assert.equal((await call(app(), 'POST', '/auth/logout', { token, body: {} })).status, 204);
    await assertOver(body.auth.refresh_token);
    await assertOver(refreshToken);
  });
});
