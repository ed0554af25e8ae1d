import assert from 'node:assert/strict';
import { decideLogin, makeUser, signInNewUser, startLogin } from '../support/factories.ts';
import { type Answer, call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { countStatuses, RACES_LIMIT_MS, ROUNDS, together } from './races.ts';

describe('Parallel use of one secret', () => {
  const app = useApp({ roles: ['api'] });

  const refresh = (refresh_token: string): Promise<Answer> =>
    call(app(), 'POST', '/auth/refresh', { body: { refresh_token } });

  it('20 refreshes with one token get one and the same successor, which is usable', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { refreshToken, user } = await signInNewUser(app());
      const answers = await together(20, () => refresh(refreshToken));
      assert.deepEqual(countStatuses(answers), { 200: 20 });
      const successors = new Set<string>(answers.map(({ body }) => body.auth.refresh_token));
      assert.equal(successors.size, 1);
      assert.equal(successors.has(refreshToken), false);
      const [row] = await app().database('auth_sessions').where({ user_id: user.id });
      assert.deepEqual([row.refresh_counter, row.revoked_at], [1, null], 'it was rotated once');
      const accessTokens = new Set<string>(answers.map(({ body }) => body.auth.cp_access_jwt));
      for (const token of accessTokens) {
        assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204);
      }
      const [successor] = successors;
      assert.equal((await refresh(successor as string)).status, 200);
    }
  }).timeout(RACES_LIMIT_MS);

  it('20 polls of a completed attempt hand out the tokens once: 1×200, 19×409', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const user = await makeUser(app());
      const attempt = await startLogin(app());
      const { login_attempt_id } = attempt;
      await decideLogin(app(), { login_attempt_id, outcome: 'completed', user_id: user.id });
      const answers = await together(20, () => call(app(), 'POST', '/auth/plugin/login/poll', { body: attempt }));
      assert.deepEqual(countStatuses(answers), { 200: 1, 409: 19 });
      for (const { status, body } of answers) {
        if (status === 409) assert.equal(body.error.code, 'login_already_claimed');
      }
      const devices = await app().database('auth_sessions').where({ user_id: user.id });
      assert.equal(devices.length, 1, 'one device was signed in');
    }
  }).timeout(RACES_LIMIT_MS);
});
