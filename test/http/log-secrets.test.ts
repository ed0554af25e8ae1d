import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { signIn, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';
import { sendWebhook, signatureOf } from '../support/webhooks.ts';

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

  describe('of a server that sells', () => {
    const apiKey = `key-${randomUUID()}`;
    const selling = useApp({
      env: {
        LOG_LEVEL: 'trace',
        LEMONSQUEEZY_API_KEY: apiKey,
        // The discard port: nothing answers there.
        LEMONSQUEEZY_API_BASE_URL: 'http://127.0.0.1:9',
        LEMONSQUEEZY_STORE_ID: '4711',
      },
    });

    it('holds neither the secrets shared with the seller nor what a webhook tells of people', async () => {
      const { user, token } = await signIn(selling());
      await call(selling(), 'POST', '/billing/checkout', { token, body: { plan: 'starter' } });
      const buyer = { user_name: `Name ${randomUUID()}`, user_email: `${randomUUID()}@example.com` };
      const shapeless = {
        meta: { event_name: 'subscription_created' },
        data: { type: 'x', id: '1', attributes: buyer },
      };
      const webhook = JSON.stringify(shapeless);
      const forged = signatureOf(webhook, 'another secret');
      await sendWebhook(selling(), webhook);
      await sendWebhook(selling(), webhook, { 'X-Signature': forged });
      await eventually(async () => {
        const events = await selling().database('billing_events').select('state');
        assert.deepEqual(events, [{ state: 'dead' }]);
      });

      const log = selling().logLines.join('');
      const secrets = { ...TEST_SECRETS, apiKey, ...buyer, email: user.email, signature: signatureOf(webhook), forged };
      for (const [name, secret] of Object.entries(secrets)) {
        assert.equal(log.includes(secret), false, `the log holds ${name}`);
      }
      // So it was not empty: the seller's silence, the two webhooks and the end of the one are in it.
      for (const message of ['billing_unavailable', 'billing_event_dead']) assert.match(log, new RegExp(message));
      assert.equal(log.match(/"operation":"receiveBillingWebhook"/g)?.length, 2);
    });
  });
});
