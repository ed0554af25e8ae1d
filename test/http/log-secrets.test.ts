import assert from 'node:assert/strict';
import { signIn, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';

describe('The log', () => {
  const app = useApp({ env: { LOG_LEVEL: 'trace' } });

  it('holds no secret of a login, a refresh, a relay and a logout, not even at level trace', async () => {
    const device = await signIn(app());
    const { user, token, refreshToken } = device;
    const { body } = await call(app(), 'POST', '/auth/refresh', { body: { refresh_token: refreshToken } });
    const session = await startActive(app(), token);
    await call(app(), 'POST', '/relay/health', {
      body: { session_id: session.session_id, instance_id: session.instance_id },
      headers: { 'X-Relay-Auth': `${TEST_SECRETS.RELAY_SHARED_KEY}-wrong`, Authorization: `Bearer ${token}` },
    });
    // Requests that fail are logged too.
    const wrong = `${refreshToken.slice(0, -4)}AAAA`;
    await call(app(), 'POST', '/auth/refresh', { body: { refresh_token: wrong } });
    await call(app(), 'GET', `/auth/session?access_token=${token}`, { headers: { Authorization: 'Bearer garbage-x' } });
    await call(app(), 'POST', '/auth/logout', { token });
    const [attempt] = await app().database('plugin_login_attempts').where({ user_id: user.id });

    const log = app().logLines.join('');
    const { auth } = body;
    const secrets = {
      ...TEST_SECRETS,
      databaseUrl: app().databaseUrl,
      databasePassword: new URL(app().databaseUrl).password,
      token,
      refreshToken,
      refreshSignature: refreshToken.split('.')[3] ?? '',
      nextToken: auth.cp_access_jwt,
      nextRefreshToken: auth.refresh_token,
      wrong,
      garbage: 'garbage-x',
      pollTokenHash: attempt.poll_token_hash.toString('hex'),
      ...session.credentials,
      email: user.email,
    };
    // Each must be long enough to be told apart from chance.
    for (const [name, secret] of Object.entries(secrets)) {
      assert.equal(String(secret).length >= 9, true, name);
      assert.equal(log.includes(String(secret)), false, `the log holds ${name}`);
    }
    // So it was not empty: the requests are in it, with who made them.
    for (const operation of ['pollPluginLogin', 'refreshAuth', 'startRelay', 'reportRelayHealth', 'logout']) {
      assert.match(log, new RegExp(`"operation":"${operation}"`));
    }
    assert.match(log, new RegExp(`"user_id":"${user.id}"`));
  });
});
