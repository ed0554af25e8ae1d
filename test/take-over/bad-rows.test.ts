import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createLegacyDatabase, type LegacyDatabase } from '../support/legacy-database.ts';
import { addLegacyBill, addLegacyDevice, addLegacySession, addLegacyUser } from '../support/legacy-rows.ts';
import { plus } from '../support/relay-session.ts';
import { useApp } from '../support/test-app.ts';
import { importInto } from './import.ts';

type Break = (legacy: LegacyDatabase, userId: string, now: Date) => Promise<unknown>;

const session =
  (values: Record<string, unknown>): Break =>
  (legacy, userId, now) =>
    addLegacySession(legacy, now, userId, values);
const brokenUser =
  (values: Record<string, unknown>): Break =>
  (legacy, _userId, now) =>
    addLegacyUser(legacy, now, values);
const device =
  (values: Record<string, unknown>): Break =>
  (legacy, userId, now) =>
    addLegacyDevice(legacy, now, userId, values);
const instance =
  (change: string): Break =>
  async (legacy, userId, now) => {
    const { id } = await addLegacySession(legacy, now, userId, { status: 'stopped', stopped_at: now });
    await legacy.query(`update relay_instances set ${change} where session_id = $1`, [id]);
  };

const NOBODY = `usr_${randomUUID()}`;

/** What is wrong, how it comes about, and what the report says of which table. */
const CASES: [what: string, make: Break, table: string, reason: string][] = [
  ['a user without an e-mail', brokenUser({ email: null }), 'users', 'email is missing'],
  ['a user on a plan that nobody knows', brokenUser({ plan_tier: 'gold' }), 'users', 'plan_tier is none that is known'],
  [
    'a user whose cycle ends before it begins',
    brokenUser({ cycle_end_at: new Date(0) }),
    'users',
    'cycle_end_at is before cycle_start_at',
  ],
  ['a user of the future', brokenUser({ created_at: new Date('2999-01-01') }), 'users', 'created_at is in the future'],
  ['a user without a beginning', brokenUser({ created_at: null }), 'users', 'created_at is missing'],
  ['a user from for ever', brokenUser({ created_at: '-infinity' }), 'users', 'created_at is no moment'],
  ['a slot without a token', brokenUser({ stream_token: null }), 'users.slot', 'stream_token is missing'],
  [
    'a device of nobody',
    (legacy, _user, now) => addLegacyDevice(legacy, now, NOBODY),
    'auth_sessions',
    'its user does not exist',
  ],
  [
    'a device whose token is no digest',
    device({ refresh_token_hash: 'secret' }),
    'auth_sessions',
    'refresh_token_hash has an unknown form',
  ],
  [
    'a device that ends before it begins',
    device({ expires_at: new Date(0) }),
    'auth_sessions',
    'expires_at is before created_at',
  ],
  [
    'a session of nobody',
    (legacy, _user, now) => addLegacySession(legacy, now, NOBODY),
    'sessions',
    'its user does not exist',
  ],
  ['a session in a state that nobody knows', session({ status: 'paused' }), 'sessions', 'status is none that is known'],
  ['a stopped session without an end', session({ status: 'stopped' }), 'sessions', 'is stopped without stopped_at'],
  ['a live session with an end', session({ stopped_at: new Date() }), 'sessions', 'is live and has stopped_at'],
  [
    'a session that ends before it starts',
    session({ status: 'stopped', stopped_at: new Date(0) }),
    'sessions',
    'stopped_at is before started_at',
  ],
  [
    'a live session without an instance',
    session({ relay_instance_id: 'rly_none' }),
    'sessions',
    'is live without a relay that has an address',
  ],
  [
    'a session that starts in the future',
    session({ started_at: new Date('2999-01-01'), created_at: new Date() }),
    'sessions',
    'started_at is in the future',
  ],
  [
    'a session whose connection is no UUID',
    session({ connection_id: 'obs' }),
    'sessions',
    'connection_id has an unknown form',
  ],
  [
    'an ended instance without an end',
    instance('terminated_at = null'),
    'relay_instances',
    'state and terminated_at disagree',
  ],
  [
    'an instance in a state that nobody knows',
    instance("state = 'lost'"),
    'relay_instances',
    'state is none that is known',
  ],
  ['an instance of no session', instance("session_id = 'ses_none'"), 'relay_instances', 'its session does not exist'],
  [
    'a bill below nothing',
    (legacy, userId, now) => addLegacyBill(legacy, now, { userId, sessionId: `ses_${randomUUID()}`, seconds: -5 }),
    'usage_records',
    'billable_seconds is no count',
  ],
  [
    'a webhook without a body',
    (legacy) => legacy.insert('billing_events', { id: randomUUID(), event_name: 'order_created' }),
    'billing_events',
    'has no body under a name that is known',
  ],
];

describe('an import leaves out and reports', () => {
  const app = useApp({ roles: ['api'] });
  let legacy: LegacyDatabase;
  let now: Date;
  let userId: string;

  beforeEach(async () => {
    legacy = await createLegacyDatabase();
    now = app().clock.now();
    userId = await addLegacyUser(legacy, now);
  });
  afterEach(() => legacy.drop());

  for (const [what, make, table, reason] of CASES) {
    it(`${what}, and brings the rest in`, async () => {
      await make(legacy, userId, now);
      const report = await importInto(app(), legacy);
      assert.deepEqual(report.table(table).leftOut, { [reason]: 1 });
      assert.equal(report.leftOut.filter((row) => row.table === table && row.reason === reason).length, 1);
      assert.equal((await app().database('users').where({ id: userId })).length, 1);
    });
  }

  it('all users of an e-mail that differs only in case, with what they have', async () => {
    const twins: string[] = [];
    for (const email of ['Mia@example.com', 'mia@example.com']) {
      const id = await addLegacyUser(legacy, now, { email });
      await addLegacyDevice(legacy, now, id);
      twins.push(id);
    }
    const report = await importInto(app(), legacy);
    assert.deepEqual(report.table('users').leftOut, { 'several users have its e-mail': 2 });
    assert.deepEqual(report.table('auth_sessions').leftOut, { 'its user is left out': 2 });
    assert.equal((await app().database('users').whereIn('id', twins)).length, 0);
  });

  it('a user whose e-mail has an account here, which stays as it is', async () => {
    const [user] = await legacy.query('select email from users');
    const row = { id: `usr_${randomUUID()}`, email: String(user?.email).toUpperCase(), cycle_anchor_at: new Date(0) };
    await app()
      .database('users')
      .insert({ ...row, created_at: now, updated_at: now, plan_status_at: now });
    const report = await importInto(app(), legacy);
    assert.deepEqual(report.table('users').leftOut, { 'an account here has its e-mail': 1 });
  });

  it('the older one of two live sessions of a connection, and leaves its instance alone', async () => {
    const connection_id = randomUUID();
    const older = await addLegacySession(legacy, now, userId, { connection_id, started_at: plus(now, -7_200) });
    const newer = await addLegacySession(legacy, now, userId, { connection_id });
    const report = await importInto(app(), legacy);
    assert.deepEqual(report.table('sessions').leftOut, { 'a newer session of its connection is live': 1 });
    assert.deepEqual(report.table('relay_instances').leftOut, { 'its session is left out': 1 });
    const ids = await app().database('relay_sessions').where({ user_id: userId }).pluck('id');
    assert.deepEqual([ids, ids.includes(older.id)], [[newer.id], false]);
  });

  it('columns and tables that are not known or not there, and reads the older name of instance_id', async () => {
    await addLegacySession(legacy, now, userId);
    await legacy.query('alter table users drop column addon_relay_count, drop column display_name');
    await legacy.query('alter table relay_instances rename column instance_id to aws_instance_id');
    await legacy.query('drop table plugin_login_attempts');
    const report = await importInto(app(), legacy);
    assert.deepEqual(report.table('users').lackedColumns, ['display_name', 'addon_relay_count']);
    assert.deepEqual(report.table('users').unknownColumns, ['lemon_customer_id']);
    assert.deepEqual(report.table('billing_events').unknownColumns, ['strange_column']);
    assert.equal(report.table('plugin_login_attempts').lackedColumns, null);
    assert.equal(report.table('sessions').imported, 1);
  });

  it('nothing of a paying user: plan, add-ons and a canceled plan go on as before', async () => {
    const paying = await addLegacyUser(legacy, now, { plan_tier: 'starter', addon_relay_count: 2 });
    const leaving = await addLegacyUser(legacy, now, { plan_status: 'canceled' });
    const known = await addLegacyUser(legacy, now, { lemon_subscription_id: `sub ${randomUUID()}` });
    await importInto(app(), legacy);
    const glance = async (id: string) => {
      const account = await app().database('users').where({ id }).first();
      return [
        account.plan_tier,
        account.plan_status,
        account.subscriptions.map((one: { product: object }) => one.product),
      ];
    };
    assert.deepEqual(await glance(paying), ['starter', 'active', [{ kind: 'addon', relays: 2 }]]);
    assert.deepEqual(await glance(leaving), ['free', 'active', [{ kind: 'plan', tier: 'pro' }]]);
    assert.deepEqual(await glance(known), ['free', 'active', [{ kind: 'plan', tier: 'pro' }]]);
    const [subscription] = await app().database('subscriptions').where({ user_id: known });
    assert.equal(subscription.sync_due_at <= app().clock.now(), true);
  });
});
