import assert from 'node:assert/strict';
import { signIn } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { startTestApp, TEST_SECRETS, useApp } from '../../support/test-app.ts';
import { assertError } from '../common/error-body.ts';
import { refresh } from '../common/login.ts';

const NEW = { JWT_SECRET: 'j'.repeat(43), REFRESH_TOKEN_SECRET: 'r'.repeat(43) };
const BOTH = {
  ...NEW,
  JWT_SECRET_PREVIOUS: TEST_SECRETS.JWT_SECRET,
  REFRESH_TOKEN_SECRET_PREVIOUS: TEST_SECRETS.REFRESH_TOKEN_SECRET,
};

describe('refreshAuth 200 while secrets are replaced', () => {
  const old = useApp({ roles: ['api'] });

  /** Runs `work` against the old application's database with other secrets. */
  async function withSecrets<T>(env: Record<string, string>, work: (app: { url: string }) => Promise<T>): Promise<T> {
    const app = await startTestApp({ roles: ['api'], databaseUrl: old().databaseUrl, env });
    try {
      return await work(app);
    } finally {
      await app.stop();
    }
  }
  const use = async (app: { url: string }, token: string) =>
    (await call(app, 'GET', '/auth/session', { token })).status;

  it('tokens of the previous secrets stay good, and their successors outlive those secrets', async () => {
    const device = await signIn(old());
    const next = await withSecrets(BOTH, async (app) => {
      assert.equal(await use(app, device.token), 200);
      const { status, body } = await refresh(app, device.refreshToken);
      assert.equal(status, 200);
      assert.equal(await use(app, body.auth.cp_access_jwt), 200);
      return body.auth;
    });
    await withSecrets(NEW, async (app) => {
      assert.equal(await use(app, next.cp_access_jwt), 200);
      assert.equal((await refresh(app, next.refresh_token)).status, 200);
    });
  });

  it('a parent of the previous secret gets the successor under the new one, the same on each repetition', async () => {
    const device = await signIn(old());
    await refresh(old(), device.refreshToken);
    await withSecrets(BOTH, async (app) => {
      const [one, two] = [await refresh(app, device.refreshToken), await refresh(app, device.refreshToken)];
      assert.equal(one.status, 200);
      assert.equal(one.body.auth.refresh_token, two.body.auth.refresh_token);
    });
  });

  it('tokens of a secret that is neither the current nor the previous one are refused', async () => {
    const device = await signIn(old());
    await withSecrets(NEW, async (app) => {
      assert.equal(await use(app, device.token), 401);
      assertError(await refresh(app, device.refreshToken), 401, 'unauthorized');
    });
    assert.equal((await refresh(old(), device.refreshToken)).status, 200);
  });
});
