import assert from 'node:assert/strict';
import { decideLogin, makeUser, type TestUser } from '../support/factories.ts';
import { type TestApp, useApp } from '../support/test-app.ts';
import { CLIENT_HEADERS, createPlugin, FORMER_CLIENT_HEADERS, type Plugin, type PluginAnswer } from './plugin.ts';

/** Signs the plugin in as its user does: start, poll, approve in the browser, poll. */
async function signIn(app: TestApp, plugin: Plugin, user: TestUser): Promise<PluginAnswer> {
  const { body: attempt } = await plugin.startLogin('STREAM-PC');
  const { login_attempt_id, poll_token } = attempt;
  assert.equal((await plugin.pollLogin(login_attempt_id, poll_token)).status, 202);
  await decideLogin(app, { login_attempt_id, outcome: 'completed', user_id: user.id });
  return plugin.pollLogin(login_attempt_id, poll_token);
}

describe('The shipped plugin signs in', () => {
  const app = useApp();

  for (const [name, headers] of [
    ['X-Telemy-Client-*', CLIENT_HEADERS],
    ['X-Aegis-Client-*', FORMER_CLIENT_HEADERS],
    ['no header about itself', []],
  ] as const) {
    it(`with ${name}: starts, polls until the user has approved, and gets everything that it shows`, async () => {
      const plugin = createPlugin(app(), headers);
      const user = await makeUser(app(), { plan: 'pro' });

      const started = await plugin.startLogin('STREAM-PC');
      assert.equal(started.status, 201);
      const { login_attempt_id, poll_token, authorize_url, expires_at, poll_interval_seconds } = started.body;
      assert.match(login_attempt_id, /^pla_/);
      assert.equal(new URL(authorize_url).searchParams.get('attempt'), login_attempt_id);
      assert.equal(new Date(expires_at) > app().clock.now(), true);
      assert.equal(poll_interval_seconds, 3);

      const pending = await plugin.pollLogin(login_attempt_id, poll_token);
      assert.deepEqual([pending.status, pending.body], [202, { status: 'pending' }]);

      await decideLogin(app(), { login_attempt_id, outcome: 'completed', user_id: user.id });
      const { status, body } = await plugin.pollLogin(login_attempt_id, poll_token);
      assert.equal(status, 200);
      assert.equal(body.status, 'completed');
      assert.match(body.auth.cp_access_jwt, /^[\w-]+\.[\w-]+\.[\w-]+$/);
      assert.match(body.auth.refresh_token, /./);
      assert.deepEqual(body.user, { id: user.id, email: user.email, display_name: 'Test' });
      assert.deepEqual(body.entitlement, {
        relay_access_status: 'enabled',
        reason_code: 'ok',
        plan_tier: 'pro',
        plan_status: 'active',
        max_concurrent_conns: 3,
        active_managed_conns: 0,
      });
      assert.deepEqual(body.usage, {
        included_seconds: 180_000,
        consumed_seconds: 0,
        remaining_seconds: 180_000,
        overage_seconds: 0,
      });
      assert.equal(body.active_relay, null);
      assert.deepEqual(body.active_sessions, []);
      const slots: { slot_number: number; label: string; stream_token: string }[] = body.stream_slots;
      assert.deepEqual(
        slots.map(({ slot_number }) => slot_number),
        [1, 2, 3],
      );
      assert.equal(new Set(slots.map(({ stream_token }) => stream_token)).size, 3);
    });
  }

  it('reads error.reason_code when the user has declined', async () => {
    const plugin = createPlugin(app());
    const { body } = await plugin.startLogin('STREAM-PC');
    const { login_attempt_id } = body;
    await decideLogin(app(), { login_attempt_id, outcome: 'denied', reason_code: 'user_declined' });
    const denied = await plugin.pollLogin(login_attempt_id, body.poll_token);
    assert.deepEqual([denied.status, denied.body.error.reason_code], [403, 'user_declined']);
  });

  it('reads error.code when the attempt has expired', async () => {
    const plugin = createPlugin(app());
    const { body } = await plugin.startLogin('STREAM-PC');
    await app().advanceClock(601);
    const expired = await plugin.pollLogin(body.login_attempt_id, body.poll_token);
    assert.deepEqual([expired.status, expired.body.error.code], [410, 'login_attempt_expired']);
  });

  it('refreshes its tokens and goes on with the new ones', async () => {
    const plugin = createPlugin(app());
    const user = await makeUser(app());
    const { body: login } = await signIn(app(), plugin, user);
    await app().advanceClock(901);
    assert.equal((await plugin.session(login.auth.cp_access_jwt)).status, 401);
    const { status, body } = await plugin.refresh(login.auth.refresh_token);
    assert.equal(status, 200);
    assert.notEqual(body.auth.refresh_token, login.auth.refresh_token);
    const session = await plugin.session(body.auth.cp_access_jwt);
    assert.equal(session.status, 200);
    assert.equal(session.body.user.id, user.id);
    const { auth: _tokens, ...told } = body;
    assert.deepEqual(session.body, told);
  });

  it('logs out with an empty object, and its tokens are dead at once', async () => {
    const plugin = createPlugin(app());
    const { body } = await signIn(app(), plugin, await makeUser(app()));
    assert.equal((await plugin.logout(body.auth.cp_access_jwt)).status, 204);
    assert.equal((await plugin.session(body.auth.cp_access_jwt)).status, 401);
    const refreshed = await plugin.refresh(body.auth.refresh_token);
    assert.deepEqual([refreshed.status, refreshed.body.error.code], [410, 'session_expired']);
  });

  it('renames a slot and sees the new name', async () => {
    const plugin = createPlugin(app());
    const { body } = await signIn(app(), plugin, await makeUser(app()));
    const token = body.auth.cp_access_jwt;
    const renamed = await plugin.renameSlot(token, 2, 'Backpack');
    assert.equal(renamed.status, 200);
    const slot = { ...body.stream_slots[1], label: 'Backpack' };
    assert.deepEqual(renamed.body, slot);
    assert.deepEqual((await plugin.session(token)).body.stream_slots[1], slot);
  });

  it('is logged with its version and platform, under either name of the headers', async () => {
    for (const headers of [CLIENT_HEADERS, FORMER_CLIENT_HEADERS]) {
      const before = app().logLines.length;
      await createPlugin(app(), headers).startLogin('STREAM-PC');
      const requests = app()
        .logLines.slice(before)
        .map((line) => JSON.parse(line));
      const logged = requests.find(({ operation }) => operation === 'startPluginLogin');
      assert.deepEqual([logged?.client_version, logged?.client_platform], ['0.0.5', 'windows']);
    }
  });
});

describe('The shipped plugin at a server with a minimum version', () => {
  const app = useApp({ roles: ['api'], env: { MIN_CLIENT_VERSION: '0.0.6' } });

  for (const [name, headers] of [
    ['X-Telemy-Client-Version', CLIENT_HEADERS],
    ['X-Aegis-Client-Version', FORMER_CLIENT_HEADERS],
  ] as const) {
    it(`is told to upgrade by 426 when ${name} says that it is older`, async () => {
      const { status, body } = await createPlugin(app(), headers).startLogin('STREAM-PC');
      assert.deepEqual([status, body.error.code], [426, 'client_upgrade_required']);
    });
  }

  it('is let in when it says nothing of itself', async () => {
    assert.equal((await createPlugin(app(), []).startLogin('STREAM-PC')).status, 201);
  });
});
