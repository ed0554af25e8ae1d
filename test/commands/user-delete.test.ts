import assert from 'node:assert/strict';
import { noteImported, servingAssignment } from '../relay/retention-rows.ts';
import { eventually } from '../support/eventually.ts';
import { addIdentity, type SignedIn, signIn, signInNewUser, startActive, startLogin } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { startHeld, useFaults } from '../support/relay-calls.ts';
import { useApp } from '../support/test-app.ts';
import { sellTo } from '../support/webhooks.ts';
import { operatorOf } from './operator.ts';

describe('user delete', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });
  const operator = () => operatorOf(app());

  /** Tables of the service's own schema with rows that name the user somewhere, in any column. */
  async function tablesWith(text: string): Promise<string[]> {
    const tables: { table_name: string }[] = await app()
      .database('information_schema.tables')
      .where({ table_schema: 'public', table_type: 'BASE TABLE' })
      .select('table_name');
    const found: string[] = [];
    for (const { table_name } of tables) {
      const { rows } = await app().database.raw('select 1 from ?? t where t::text like ? limit 1', [
        table_name,
        `%${text}%`,
      ]);
      if (rows.length > 0) found.push(table_name);
    }
    return found.sort();
  }

  async function useEverything(owner: SignedIn): Promise<string[]> {
    const first = await startActive(app(), owner.token);
    const second = await startActive(app(), owner.token, { connection_id: crypto.randomUUID() });
    await call(app(), 'POST', '/relay/stop', { token: owner.token, body: { session_id: second.session_id } });
    for (const session_id of [first.session_id, null]) {
      const [at, user_id] = [app().clock.now(), owner.user.id];
      const row = { user_id, session_id, seconds: 5, at, reason: 'goodwill', created_at: at };
      await app()
        .database('usage_adjustments')
        .insert({ id: `adj_${crypto.randomUUID()}`, ...row });
    }
    await servingAssignment(app().database, owner.user.id, app().clock.now());
    await startLogin(app());
    await signIn(app(), owner.user);
    await addIdentity(app(), owner.user);
    await sellTo(app(), owner.user.id);
    await noteImported(app().database, owner.user.id);
    return [first.session_id, second.session_id];
  }

  it('removes every row about the user, and none of anybody else', async () => {
    const owner = await signInNewUser(app());
    const other = await signInNewUser(app());
    const sessions = await useEverything(owner);
    await useEverything(other);
    const before = await tablesWith(other.user.id);
    assert.deepEqual(before, [
      'auth_sessions',
      'billing_events',
      'idempotency_keys',
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
    assert.deepEqual(await tablesWith(owner.user.id), before);

    assert.deepEqual(await operator().json('user', 'delete', owner.user.id, '--yes'), {
      id: owner.user.id,
      deleted: true,
      stopped_relays: 1,
    });
    assert.deepEqual(await tablesWith(owner.user.id), []);
    assert.deepEqual(await tablesWith(owner.user.email), []);
    // The record of an instance stays until that is gone for long enough; it names no user.
    for (const id of sessions) assert.deepEqual(await tablesWith(id), ['relay_instances']);
    assert.deepEqual(await tablesWith(other.user.id), before);
  });

  it('signs the user out everywhere', async () => {
    const { user, token, refreshToken } = await signInNewUser(app());
    await operator().json('user', 'delete', user.email, '--yes');
    assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 401);
    const refreshed = await call(app(), 'POST', '/auth/refresh', { body: { refresh_token: refreshToken } });
    assert.equal(refreshed.status, 401);
  });

  /** Nothing runs for the session, and its instances are noted as gone. */
  async function assertTakenDown(sessionId: string): Promise<void> {
    await eventually(async () => {
      const all = await app().provider.list(app().config.deploymentName);
      assert.deepEqual(
        all.filter((instance) => instance.sessionId === sessionId),
        [],
      );
      const rows = await app().database('relay_instances').where({ session_id: sessionId });
      assert.deepEqual(
        rows.map(({ state }) => state),
        ['terminated'],
      );
    });
  }

  it('takes a live relay down', async () => {
    const { user, token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await operator().json('user', 'delete', user.id, '--yes');
    await assertTakenDown(session.session_id);
  });

  it('takes a relay down that is being launched', async () => {
    const { user, token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    const { stopped_relays } = await operator().json('user', 'delete', user.id, '--yes');
    assert.equal(stopped_relays, 1);
    await assertTakenDown(held.session_id);
  });
});
