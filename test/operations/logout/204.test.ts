import assert from 'node:assert/strict';
import { signIn, signInNewUser, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { startTestApp, useApp } from '../../support/test-app.ts';
import { assertError } from '../common/error-body.ts';
import { refresh } from '../common/login.ts';

describe('logout 204', () => {
  const app = useApp();

  const logout = (token: string, body?: unknown) => call(app(), 'POST', '/auth/logout', { token, body });
  const use = async (token: string, to: { url: string } = app()) =>
    (await call(to, 'GET', '/auth/session', { token })).status;

  it('takes an empty object, no body at all, and fields that it does not know', async () => {
    for (const body of [{}, undefined, { reason: 'bye', all_devices: true }]) {
      const { token } = await signIn(app());
      const answer = await logout(token, body);
      assert.deepEqual([answer.status, answer.text], [204, '']);
      assert.match(answer.headers.get('X-Request-ID') ?? '', /^[0-9a-f-]{36}$/);
    }
  });

  it('bites at once: no access or refresh token of the device is good any more', async () => {
    const { token, refreshToken } = await signIn(app());
    const { body } = await refresh(app(), refreshToken);
    assert.equal((await logout(token, {})).status, 204);
    assert.equal(await use(token), 401);
    assert.equal(await use(body.auth.cp_access_jwt), 401);
    assertError(await refresh(app(), body.auth.refresh_token), 410, 'session_expired');
    assertError(await logout(token, {}), 401, 'unauthorized');
  });

  it('bites on other servers too', async () => {
    const replica = await startTestApp({ roles: ['api'], databaseUrl: app().databaseUrl });
    try {
      const { token } = await signIn(app());
      assert.equal(await use(token, replica), 200);
      await logout(token, {});
      assert.equal(await use(token, replica), 401);
    } finally {
      await replica.stop();
    }
  });

  it('leaves the other devices of the user signed in', async () => {
    const device = await signIn(app());
    const other = await signIn(app(), device.user);
    await logout(device.token, {});
    assert.equal(await use(other.token), 200);
    assert.equal((await refresh(app(), other.refreshToken)).status, 200);
  });

  it('leaves live relays alone', async () => {
    const device = await signInNewUser(app());
    const other = await signIn(app(), device.user);
    const { session_id } = await startActive(app(), device.token);
    await logout(device.token, {});
    const { body } = await call(app(), 'GET', `/relay/sessions/${session_id}`, { token: other.token });
    assert.equal(body.session.status, 'active');
  });

  it('keeps the time and the reason for which the device was signed out', async () => {
    const { token, refreshToken } = await signIn(app());
    const before = app().clock.now();
    await logout(token, {});
    const [row] = await app()
      .database('auth_sessions')
      .where({ id: refreshToken.split('.')[1] });
    assert.equal(row.revoke_reason, 'logout');
    assert.equal(row.revoked_at >= before && row.revoked_at <= app().clock.now(), true);
  });
});
