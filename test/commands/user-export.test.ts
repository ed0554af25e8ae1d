import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { noteImported, servingAssignment } from '../relay/retention-rows.ts';
import { addIdentity, decideLogin, signIn, signInNewUser, startActive, startLogin } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { eventsOf, useFaults } from '../support/relay-calls.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';
import { sellTo } from '../support/webhooks.ts';
import { operatorOf } from './operator.ts';

describe('user export', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('holds everything about the user and nobody else', async () => {
    const { user, token } = await signInNewUser(app());
    const other = await signInNewUser(app());
    const session = await startActive(app(), token);
    await startActive(app(), other.token);
    await call(app(), 'POST', '/relay/stop', { token, body: { session_id: session.session_id } });

    await addIdentity(app(), user);
    await addIdentity(app(), other.user);
    const subscriptionId = await sellTo(app(), user.id);
    await sellTo(app(), other.user.id);
    for (const { user_id, session_id } of [
      { user_id: user.id, session_id: session.session_id },
      { user_id: other.user.id, session_id: null },
    ]) {
      const [at, reason] = [app().clock.now(), 'goodwill'];
      const row = { id: `adj_${user_id}`, user_id, session_id, seconds: -5, at, reason, created_at: at };
      await app().database('usage_adjustments').insert(row);
      await servingAssignment(app().database, user_id, at);
      await noteImported(app().database, user_id);
    }

    const text = (await operatorOf(app()).run('user', 'export', user.email)).stdout;
    const exported = JSON.parse(text);
    assert.deepEqual(Object.keys(exported).sort(), [
      'auth_sessions',
      'billing_events',
      'imported_rows',
      'plugin_login_attempts',
      'pool_assignments',
      'relay_session_events',
      'relay_sessions',
      'stream_slots',
      'subscriptions',
      'usage_adjustments',
      'usage_intervals',
      'user_identities',
      'users',
    ]);
    const [account] = exported.users;
    assert.deepEqual([account.id, account.email, account.plan_tier], [user.id, user.email, 'pro']);
    const counts = Object.entries(exported).map(([table, rows]) => [table, (rows as unknown[]).length]);
    assert.deepEqual(Object.fromEntries(counts), {
      users: 1,
      auth_sessions: 1,
      user_identities: 1,
      plugin_login_attempts: 1,
      pool_assignments: 1,
      relay_sessions: 1,
      relay_session_events: (await eventsOf(app(), session.session_id)).length,
      stream_slots: 3,
      usage_intervals: 1,
      subscriptions: 1,
      billing_events: 1,
      usage_adjustments: 1,
      imported_rows: 1,
    });
    assert.equal(exported.subscriptions[0].id, subscriptionId);
    assert.equal(JSON.parse(exported.billing_events[0].body).data.id, subscriptionId);
    assert.equal(exported.auth_sessions[0].device_name, 'STREAM-PC');
    assert.equal(exported.relay_sessions[0].public_ip, session.relay.public_ip);
    assert.equal(text.includes(other.user.id), false);
  });

  it('holds no secret: no token, no hash of one, nothing to make one from', async () => {
    const { user, token, refreshToken } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await servingAssignment(app().database, user.id, app().clock.now());
    const legacyHash = randomBytes(32);
    await app().database('auth_sessions').where({ user_id: user.id }).update({ legacy_token_hash: legacyHash });
    const attempt = await startLogin(app());
    await decideLogin(app(), { login_attempt_id: attempt.login_attempt_id, outcome: 'completed', user_id: user.id });
    const second = await signIn(app(), user);
    const slots = (await call(app(), 'GET', '/user/stream-slots', { token })).body.stream_slots;
    const hashes = await app().database('plugin_login_attempts').where({ user_id: user.id }).pluck('poll_token_hash');

    const { stdout } = await operatorOf(app()).run('user', 'export', user.id);
    const secrets = {
      access_token: token,
      refresh_token: refreshToken,
      second_refresh_token: second.refreshToken,
      poll_token: attempt.poll_token,
      legacy_token_hash: legacyHash.toString('utf8'),
      ...session.credentials,
      ...Object.fromEntries(
        slots.map((slot: { stream_token: string }, index: number) => [`slot ${index}`, slot.stream_token]),
      ),
      ...Object.fromEntries(hashes.map((hash, index) => [`hash ${index}`, hash.toString('hex')])),
      ...TEST_SECRETS,
    };
    for (const [name, value] of Object.entries(secrets)) {
      assert.equal(stdout.includes(String(value)), false, `${name} is exported`);
    }
    assert.doesNotMatch(stdout, /"(type":"Buffer|\w*(token|hash|secret|counter)\w*)"/);
  });
});
