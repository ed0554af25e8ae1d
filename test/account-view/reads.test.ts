import assert from 'node:assert/strict';
import {
  advance,
  assertTrue,
  type CachedServers,
  countReads,
  inHaste,
  makeStreamer,
  readAll,
  type Streamer,
  statementsOf,
  useCachedServers,
  warmUp,
} from '../support/cached-servers.ts';
import { eventually } from '../support/eventually.ts';
import { start } from '../support/factories.ts';
import { type Answer, call } from '../support/http.ts';
import { heartbeat, report, stop } from '../support/relay-calls.ts';

/** Writes that no server of these tests knows of by itself. */
const BY_SQL: Record<string, (streamer: Streamer) => [sql: string, ...values: unknown[]]> = {
  'a user’s plan': ({ user }) => ["update users set plan_tier = 'standard' where id = ?", user.id],
  'a sign-in that is revoked': ({ user }) => [
    "update auth_sessions set revoked_at = now(), revoke_reason = 'operator' where user_id = ?",
    user.id,
  ],
  'a sign-in that is deleted': ({ user }) => ['delete from auth_sessions where user_id = ?', user.id],
  'a session’s address': ({ session }) => [
    "update relay_sessions set public_ip = '192.0.2.77' where id = ?",
    session.session_id,
  ],
  'a lease that is taken back': ({ session }) => [
    "update relay_sessions set lease_expires_at = lease_expires_at - interval '100 seconds' where id = ?",
    session.session_id,
  ],
  'the name of a slot': ({ user }) => ["update stream_slots set label = 'Other' where user_id = ?", user.id],
  'a slot that is deleted': ({ user }) => ['delete from stream_slots where user_id = ? and slot_number = 3', user.id],
  'a billed interval': ({ session }) => [
    `insert into usage_intervals (session_id, seq, user_id, started_at, ended_at)
       select id, 1, user_id, date_trunc('second', created_at), date_trunc('second', created_at) + interval '60 seconds'
         from relay_sessions where id = ?`,
    session.session_id,
  ],
  'a correction of the bill': ({ user }) => [
    `insert into usage_adjustments (id, user_id, seconds, at, reason, created_at)
       select 'adj_' || id, id, 90, created_at + interval '1 second', 'test', created_at from users where id = ?`,
    user.id,
  ],
  'the user, with all that hangs on it': ({ user }) => ['delete from users where id = ?', user.id],
};

/** Writes through one server; the other one has nothing but the database's word. */
const BY_HTTP: Record<string, (servers: CachedServers, streamer: Streamer) => Promise<Answer>> = {
  'a new session': ({ first }, { token }) =>
    start(first, token, { connection_id: '11111111-1111-4111-8111-111111111111' }),
  'a stop': ({ first }, { token, session }) => stop(first, token, { session_id: session.session_id }),
  'a slot’s new name': ({ first }, { token }) =>
    call(first, 'PUT', '/user/stream-slots/1/label', { token, body: { label: 'Phone' } }),
  'a new stream token': ({ first }, { token }) => call(first, 'POST', '/user/regenerate-token', { token, body: {} }),
  'a refresh': ({ first }, { refreshToken }) =>
    call(first, 'POST', '/auth/refresh', { body: { refresh_token: refreshToken } }),
  'a logout': ({ first }, { token }) => call(first, 'POST', '/auth/logout', { token }),
};

const HEARTBEATS: typeof BY_HTTP = {
  'of the owner': ({ first }, { token, session }) => heartbeat(first, token, session),
  'of the relay': ({ first }, { session }) => report(first, session),
};

describe('Reads of an account that has not changed', () => {
  const servers = useCachedServers();

  it('send no statement, and each one a single statement after a change', async () => {
    const { first, second } = servers();
    const streamer = await makeStreamer(servers());
    const { token } = streamer;
    await warmUp(servers(), streamer);
    await first.database('users').where({ id: streamer.user.id }).update({ display_name: 'Mia' });
    // The check of the caller is the first one's; it serves the other read.
    assert.equal(await statementsOf(second, () => call(second, 'GET', '/relay/active', { token })), 2);
    assert.equal(await statementsOf(second, () => call(second, 'GET', '/auth/session', { token })), 1);
    await warmUp(servers(), streamer);
  });

  it('go on with time: timers, usage, grace and the end come as without what is kept', async () => {
    const { second, plain } = servers();
    const streamer = await makeStreamer(servers());
    await warmUp(servers(), streamer);
    for (const seconds of [1, 100, 198, 2, 300, 300, 1]) {
      await advance(servers(), seconds);
      assert.deepEqual(await readAll(second, streamer), await readAll(plain, streamer), `${seconds} s later`);
    }
  });

  for (const [name, write] of Object.entries(BY_SQL)) {
    it(`ask again after a change by SQL: ${name}`, async () => {
      const { first, second, plain } = servers();
      const streamer = await makeStreamer(servers());
      await warmUp(servers(), streamer);
      const before = await readAll(second, streamer);
      const [sql, ...values] = write(streamer);
      await first.database.raw(sql, values as string[]);
      const after = await readAll(second, streamer);
      if (!name.includes('deleted')) assert.notDeepEqual(after, before);
      assert.deepEqual(after, await readAll(plain, streamer));
    });
  }

  for (const [name, write] of Object.entries(BY_HTTP)) {
    it(`ask again at both servers after a request at one of them: ${name}`, async () => {
      const { first, second } = servers();
      const streamer = await makeStreamer(servers());
      await warmUp(servers(), streamer);
      const { status } = await write(servers(), streamer);
      assert.ok(status < 300, `${status}`);
      // Without waiting for any word of the database.
      await assertTrue(servers(), inHaste(first), streamer);
      await assertTrue(servers(), second, streamer);
    });
  }

  for (const [name, beat] of Object.entries(HEARTBEATS)) {
    it(`show a heartbeat at once where it came in, and soon elsewhere: ${name}`, async () => {
      const { first, second, plain } = servers();
      const streamer = await makeStreamer(servers());
      await advance(servers(), 20);
      await warmUp(servers(), streamer);
      const before = await readAll(second, streamer);
      assert.equal((await beat(servers(), streamer)).status, 200);
      const truth = await readAll(plain, streamer);
      assert.notDeepEqual(truth, before);
      assert.deepEqual(await readAll(inHaste(first), streamer), truth);
      await eventually(async () => assert.deepEqual(await readAll(second, streamer), truth));
    });
  }

  it('hear of every column of a session but those of a heartbeat, so that none that comes later is forgotten', async () => {
    const { rows } = await servers().first.database.raw(`
      select attname from pg_attribute
       where attrelid = 'relay_sessions'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
         and attnum <> all ((select tgattr from pg_trigger where tgname = 'notify_account_of_change')::smallint[])
       order by attname`);
    const unheard = rows.map(({ attname }: { attname: string }) => attname);
    assert.deepEqual(unheard, ['last_observed_at', 'lease_expires_at', 'metered_until']);
  });

  it('ask the database each time while the listener is away, and are kept again behind that', async () => {
    const { first, second, plain, proxy } = servers();
    const streamer = await makeStreamer(servers());
    await warmUp(servers(), streamer);
    await proxy.cut();
    await eventually(() => assert.equal(second.listener.isCurrent, false));
    const bypassed = await countReads(second, 'bypass');
    assert.ok((await statementsOf(second, () => readAll(second, streamer))) >= 5);
    assert.ok((await countReads(second, 'bypass')) >= bypassed + 5);
    await first.database('stream_slots').where({ user_id: streamer.user.id }).update({ label: 'Unheard' });
    assert.deepEqual(await readAll(second, streamer), await readAll(plain, streamer));
    await proxy.restore();
    await eventually(() => assert.equal(second.listener.isCurrent, true), { timeoutMs: 15_000 });
    assert.deepEqual(await readAll(second, streamer), await readAll(plain, streamer));
    await warmUp(servers(), streamer);
  }).timeout(40_000);
});
