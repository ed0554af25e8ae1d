import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createLegacyDatabase, type LegacyDatabase } from '../support/legacy-database.ts';
import { addLegacyBill, addLegacyDevice, addLegacySession, addLegacyUser } from '../support/legacy-rows.ts';
import { plus } from '../support/relay-session.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { useApp } from '../support/test-app.ts';
import { digestsOf, importInto } from './import.ts';

describe('what an import carries over', () => {
  const app = useApp({ roles: ['api'] });
  let legacy: LegacyDatabase;
  let now: Date;

  beforeEach(async () => {
    legacy = await createLegacyDatabase();
    now = app().clock.now();
    await app().database.raw('truncate users, imported_rows, imported_users, fleet_control, relay_instances cascade');
  });
  afterEach(() => legacy.drop());

  const adjustments = (userId: string) =>
    app().database('usage_adjustments').where({ user_id: userId }).orderBy('at').select('session_id', 'seconds', 'at');

  it('is to the second what was billed, as one adjustment for each user and cycle, whatever the histories', async () => {
    const random = createSeededRandom(20261127);
    const upTo = (count: number) => Math.floor(random() * count);
    const expected = new Map<string, number>();
    let rows = 0;
    for (let user = 0; user < 12; user += 1) {
      const userId = await addLegacyUser(legacy, now);
      for (let session = upTo(6); session > 0; session -= 1) {
        const days = 10 + 30 * upTo(3);
        const start = plus(now, -days * 86_400);
        const { id } = await addLegacySession(legacy, now, userId, {
          status: 'stopped',
          started_at: plus(start, 60),
          stopped_at: plus(start, 7_200),
          duration_seconds: upTo(2) * 7_000,
        });
        const seconds = upTo(4) === 0 ? 0 : upTo(50_000);
        const cycle = { cycle_start_at: start, cycle_end_at: plus(start, 30 * 86_400) };
        await addLegacyBill(legacy, now, { userId, sessionId: id, seconds }, cycle);
        const name = `${userId} ${plus(start, -(start.getMilliseconds() / 1000)).toISOString()}`;
        expected.set(name, (expected.get(name) ?? 0) + seconds);
        rows += 1;
      }
    }
    const report = await importInto(app(), legacy);
    const stored = await app().database('usage_adjustments').select('user_id', 'at', 'seconds');
    const found = stored.map(({ user_id, at, seconds }) => [`${user_id} ${at.toISOString()}`, seconds]);
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries([...expected].filter(([, seconds]) => seconds > 0)));
    assert.equal(report.table('usage_records').imported, rows);
    assert.deepEqual(report.leftOut, []);
    assert.equal((await app().database('usage_intervals')).length, 0);
  });

  it('is the same after a second import, which changes no table and says so', async () => {
    const userId = await addEverything();
    const first = await importInto(app(), legacy);
    assert.equal(
      first.tables().some(([, { imported }]) => imported > 0),
      true,
    );
    const before = await digestsOf(app());
    const second = await importInto(app(), legacy);
    assert.deepEqual(await digestsOf(app()), before);
    for (const [name, counts] of second.tables()) {
      assert.deepEqual([name, counts.imported, counts.updated], [name, 0, 0]);
    }
    assert.equal((await adjustments(userId)).length, 1);
  });

  it('accounts for every row of every table: read is imported, updated, there, kept or left out', async () => {
    await addEverything();
    await legacy.query(`update users set plan_tier = 'gold' where id = $1`, [await addEverything()]);
    await legacy.query(`delete from users where id = $1`, [await addEverything()]);
    const report = await importInto(app(), legacy);
    for (const [name, counts] of report.tables()) {
      const { read, imported, updated, present, kept, leftOut } = counts;
      const sum = Object.values(leftOut).reduce((total, count) => total + count, imported + updated + present + kept);
      assert.equal(read, sum, name);
      if (name.includes('.')) continue;
      const [{ count } = { count: 0 }] = await legacy.query(`select count(*) from ${name}`);
      assert.equal(read, Number(count), name);
    }
  });

  it('is told by a dry run, which stores nothing', async () => {
    await addEverything();
    const before = await digestsOf(app());
    const dry = await importInto(app(), legacy, { dryRun: true });
    assert.deepEqual(await digestsOf(app()), before);
    const real = await importInto(app(), legacy);
    assert.deepEqual(dry.tables(), real.tables());
  });

  it('is whole after an import that died at any user and was run again', async () => {
    const users = [await addEverything(), await addEverything(), await addEverything()];
    for (const died of [1, 2]) {
      const onProgress = (done: number) => {
        if (done === died) throw new Error('killed');
      };
      await assert.rejects(importInto(app(), legacy, { onProgress }), /killed/);
    }
    await importInto(app(), legacy);
    for (const userId of users) {
      assert.deepEqual(
        (await adjustments(userId)).map(({ seconds }) => seconds),
        [500 + 3_600],
      );
    }
    assert.equal((await app().database('relay_sessions')).length, 6);
  });

  it('grows by what came there since, and by nothing else', async () => {
    const userId = await addEverything();
    await importInto(app(), legacy);
    const more = await addLegacySession(legacy, now, userId, { status: 'stopped', stopped_at: now });
    await addLegacyBill(legacy, now, { userId, sessionId: more.id, seconds: 70 });
    await legacy.query('update users set display_name = $1 where id = $2', ['Mia B.', userId]);
    const report = await importInto(app(), legacy);
    assert.deepEqual(
      ['users', 'sessions', 'usage_records'].map((name) => [report.table(name).imported, report.table(name).updated]),
      [
        [0, 1],
        [1, 0],
        [1, 0],
      ],
    );
    assert.deepEqual(
      (await adjustments(userId)).map(({ seconds }) => seconds).sort((a, b) => a - b),
      [70, 4_100],
    );
    const user = await app().database('users').where({ id: userId }).first();
    assert.equal(user.display_name, 'Mia B.');
  });

  it('never overwrites what was changed here since, and brings no deleted user back', async () => {
    const [renamed, deleted] = [await addEverything(), await addEverything()];
    await importInto(app(), legacy);
    await app().database('users').where({ id: renamed }).update({ display_name: 'Here' });
    await app().database('users').where({ id: deleted }).delete();
    await legacy.query("update users set display_name = 'There'");
    const report = await importInto(app(), legacy);
    assert.equal(report.table('users').kept, 1);
    assert.deepEqual(report.table('users').leftOut, { 'was deleted here': 1 });
    const users = await app().database('users').select('id', 'display_name');
    assert.deepEqual(users, [{ id: renamed, display_name: 'Here' }]);
  });

  it('bills no second twice that a session went on here for, whatever is billed there later', async () => {
    const userId = await addLegacyUser(legacy, now);
    const { id, instanceId } = await addLegacySession(legacy, now, userId);
    await importInto(app(), legacy);
    await app()
      .database('relay_sessions')
      .where({ id })
      .update({ lease_expires_at: plus(now, 900) });
    await addLegacyBill(legacy, now, { userId, sessionId: id, seconds: 9_999 });
    await legacy.query("update sessions set status = 'stopped', stopped_at = now() where id = $1", [id]);
    const report = await importInto(app(), legacy);
    assert.equal(report.table('usage_records').kept, 1);
    assert.deepEqual(
      (await adjustments(userId)).map(({ seconds }) => seconds),
      [3_600],
    );
    const session = await app().database('relay_sessions').where({ id }).first();
    assert.deepEqual([session.status, session.instance_id], ['active', instanceId]);
  });

  it('follows a session that ended there while nobody touched it here', async () => {
    const userId = await addLegacyUser(legacy, now);
    const { id } = await addLegacySession(legacy, now, userId);
    await importInto(app(), legacy);
    await addLegacyBill(legacy, now, { userId, sessionId: id, seconds: 4_000 });
    await legacy.query('update sessions set status = $1, stopped_at = $2 where id = $3', ['stopped', now, id]);
    await importInto(app(), legacy);
    const seconds = (await adjustments(userId)).map((row) => row.seconds);
    assert.equal(
      seconds.reduce((sum, one) => sum + one, 0),
      4_000,
    );
    const events = await app().database('relay_session_events').where({ session_id: id });
    assert.deepEqual(
      events.map(({ from_status, to_status, cause, actor }) => [from_status, to_status, cause, actor]),
      [[null, 'stopped', 'imported', 'operator']],
    );
  });

  it('bills a running session without a record by the smaller figure that says anything, never more than has passed', async () => {
    const cases: [duration: number, reconciled: number, billed: number[]][] = [
      [3_600, 0, [3_600]],
      [3_600, 3_000, [3_000]],
      [0, 3_000, [3_000]],
      [0, 0, []],
      [90_000, 80_000, [3_600]],
    ];
    for (const [duration_seconds, reconciled_seconds, billed] of cases) {
      const userId = await addLegacyUser(legacy, now);
      await addLegacySession(legacy, now, userId, { duration_seconds, reconciled_seconds });
      await importInto(app(), legacy);
      const found = (await adjustments(userId)).map(({ seconds }) => seconds);
      assert.equal(found.length, billed.length);
      // The test itself takes a moment.
      for (const [index, seconds] of found.entries()) assert.equal(Math.abs(seconds - (billed[index] ?? 0)) < 30, true);
    }
  });

  it('pauses the reconciler when sessions come, and leaves it alone when none do', async () => {
    await addEverything();
    await importInto(app(), legacy);
    const control = () => app().database('fleet_control').first();
    assert.match((await control()).reason, /npm run fleet -- resume/);
    await app().database('fleet_control').update({ report_only: false, reason: null });
    await addLegacyUser(legacy, now);
    await importInto(app(), legacy);
    assert.equal((await control()).report_only, false);
  });

  it('ends a launch that was under way: failed, and free of charge', async () => {
    const userId = await addLegacyUser(legacy, now);
    const { id } = await addLegacySession(legacy, now, userId, {
      status: 'provisioning',
      provision_step: 'starting_docker',
    });
    await importInto(app(), legacy);
    const session = await app().database('relay_sessions').where({ id }).first();
    assert.deepEqual(
      [session.status, session.failure_code, session.activated_at],
      ['stopped', 'provision_failed', null],
    );
    assert.deepEqual(await adjustments(userId), []);
    const [instance] = await app().database('relay_instances').where({ session_id: id });
    assert.equal(instance.state, 'running', 'for the take-down to find');
  });

  /** A user with two sessions, devices, an attempt, a key, a health event, and a bill. */
  async function addEverything(): Promise<string> {
    const userId = await addLegacyUser(legacy, now, { lemon_subscription_id: randomUUID() });
    await addLegacyDevice(legacy, now, userId);
    await addLegacyDevice(legacy, now, userId, { revoked_at: now });
    const live = await addLegacySession(legacy, now, userId);
    const ended = await addLegacySession(legacy, now, userId, { status: 'stopped', stopped_at: now });
    await addLegacyBill(legacy, now, { userId, sessionId: ended.id, seconds: 500 });
    const attempt = { poll_token_hash: 'a'.repeat(64), client_platform: 'windows', created_at: plus(now, -60) };
    await legacy.insert('plugin_login_attempts', {
      id: `pla_${randomUUID()}`,
      status: 'pending',
      expires_at: plus(now, 540),
      ...attempt,
    });
    await legacy.insert('plugin_login_attempts', {
      id: `pla_${randomUUID()}`,
      status: 'expired',
      user_id: userId,
      expires_at: plus(now, -540),
      ...attempt,
    });
    for (const ago of [60, 7_200]) {
      await legacy.insert('idempotency_records', {
        user_id: userId,
        endpoint: 'POST /relay/start',
        idempotency_key: randomUUID(),
        session_id: live.id,
        created_at: plus(now, -ago),
        expires_at: plus(now, 3_600 - ago),
      });
      await legacy.insert('relay_health_events', {
        session_id: live.id,
        observed_at: plus(now, -ago),
        ingest_active: true,
        created_at: now,
      });
    }
    await legacy.insert('billing_events', {
      id: randomUUID(),
      event_name: 'order_created',
      payload: JSON.stringify({ id: randomUUID() }),
      received_at: now,
    });
    await legacy.query(
      `insert into relay_manifests values ('us-east-1', 'ami-1', 't3.small', now()) on conflict do nothing`,
    );
    return userId;
  }
});
