import assert from 'node:assert/strict';
import pg from 'pg';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { fillTables, type Size } from '../support/growth/fill-tables.ts';
import { HOT_QUERIES, type HotQuery, OFTEN_ASKED, subjectAt } from '../support/growth/hot-queries.ts';
import { flatten, type Plan, toIndex, toStep } from '../support/growth/plan-steps.ts';
import { createTestDatabase } from '../support/test-run.ts';

const SIZE: Size = { users: 600, streams: 12 };

/** Pages read in order cost this much here: as if the tables were as many times as large, so that indexes pay. */
const SEQ_PAGE_COST = 100;

/** By which indexes each hot query may find its rows, written a second time. */
const INDEXES: Record<string, string[]> = {
  'session check': ['auth_sessions_pkey', 'users_pkey'],
  'account snapshot': [
    'relay_sessions_live_key',
    'stream_slots_pkey',
    'usage_adjustments_user_id_idx (alone)',
    'usage_intervals_user_id_idx (alone)',
    'users_pkey',
  ],
  'active session': ['relay_sessions_live_key'],
  heartbeat: ['relay_sessions_pkey'],
  'session by its id': ['relay_sessions_pkey'],
  'report of a relay': ['relay_sessions_pkey'],
  'stream slots': ['stream_slots_pkey'],
  manifest: [],
  'usage page': [
    'relay_session_events_session_id_idx',
    'relay_sessions_live_key',
    'relay_sessions_pkey',
    'relay_sessions_user_id_idx',
    'usage_adjustments_user_id_idx',
    'usage_intervals_user_id_idx',
    'users_pkey',
  ],
  'idempotency key': ['idempotency_keys_created_at_idx', 'idempotency_keys_pkey'],
  'start: use of slots': ['relay_sessions_user_id_idx'],
  'start: newest of connection': ['relay_sessions_user_id_idx'],
  'webhook, stored': [],
  'capacity figures': ['relay_sessions_launches_idx (alone)', 'relay_sessions_launching_idx (alone)'],
  'deadlines due': ['relay_sessions_live_key'],
  'stalled meters': ['relay_sessions_live_key'],
  'placed sessions': ['relay_instances_session_id_attempt_key', 'relay_sessions_live_key'],
  // Whether the sessions of the few are looked up or all live ones are gone through is up to how many there are.
  'stale instances': ['relay_instances_open_idx', 'relay_sessions_live_key', 'relay_sessions_pkey'],
  'plan deadlines': ['users_plan_deadline_at_idx'],
  'subscriptions due': ['subscriptions_pkey', 'subscriptions_sync_due_at_idx'],
  'cleanup, nothing due': [
    'auth_sessions_expires_at_idx',
    'auth_sessions_pkey',
    'auth_sessions_revoked_at_idx',
    'billing_events_pkey',
    'billing_events_received_at_idx',
    'idempotency_keys_created_at_idx',
    'plugin_login_attempts_expires_at_idx',
    'plugin_login_attempts_pkey',
    'pool_assignments_pkey',
    'pool_assignments_released_at_idx',
    'pool_assignments_user_id_idx',
    'rate_limits_expires_at_idx',
    'rate_limits_pkey',
    'relay_instances_pkey',
    'relay_instances_terminated_at_idx',
    'relay_sessions_pkey',
    'relay_sessions_stopped_at_idx',
  ],
};

/** A row for each time that the service was away, and one for each region: never many. */
const SMALL = ['outages', 'relay_manifests'];

interface Statement {
  sql: string;
  bindings: unknown[];
  options?: { prepare?: boolean };
}

const PLANNED = /^\s*(select|with|insert|update|delete)/i;
/** A plan for these values, and one for all values, as PostgreSQL may make of a statement that was prepared. */
const MODES = ['force_custom_plan', 'force_generic_plan'] as const;

describe('Plans of hot queries', () => {
  let database: Database;
  let client: pg.Client;
  let drop: () => Promise<void>;
  before(async () => {
    const own = await createTestDatabase();
    drop = own.drop;
    database = connectDatabase({ url: own.url, applicationName: 'telemy-test', poolSize: 1 });
    client = new pg.Client({ connectionString: own.url });
    await client.connect();
    await client.query(`set seq_page_cost = ${SEQ_PAGE_COST}`);
    await fillTables(database, SIZE, new Date());
  });
  after(async () => {
    await client?.end();
    await database?.destroy();
    await drop?.();
  });

  for (const [name, run] of Object.entries(HOT_QUERIES)) {
    it(`${name}: reads no table as a whole and finds its rows by the indexes that are meant for it`, async () => {
      const nodes: Plan[] = [];
      for (const statement of await capture(run)) {
        for (const mode of MODES) nodes.push(...flatten(await explain(mode, statement)));
      }
      const whole = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
      assert.deepEqual(
        whole.filter((table) => !SMALL.includes(table as string)),
        [],
      );
      const meant = INDEXES[name] ?? [];
      const used = new Set(nodes.flatMap(toIndex));
      assert.deepEqual(
        [...used].filter((index) => !meant.includes(index)),
        [],
      );
      assert.equal(used.size > 0, meant.length > 0);
    });
  }

  for (const name of OFTEN_ASKED) {
    it(`${name}: is prepared, and PostgreSQL goes the same way for all values as for those given`, async () => {
      const statements = (await capture(HOT_QUERIES[name] as HotQuery)).filter(({ options }) => options?.prepare);
      assert.notEqual(statements.length, 0);
      for (const statement of statements) {
        const given = flatten(await explain('force_custom_plan', statement));
        const all = flatten(await explain('force_generic_plan', statement));
        assert.deepEqual(all.map(toStep), given.map(toStep));
      }
    });
  }

  it('heartbeats leave all indexes of the sessions alone (HOT)', async () => {
    for (let turn = 0; turn < 2 * SIZE.streams; turn += 1)
      await HOT_QUERIES.heartbeat?.(database, subjectAt(turn, SIZE));
    await database.raw('select pg_stat_force_next_flush()');
    const { n_tup_upd: updates, n_tup_hot_upd: hot } = await database('pg_stat_user_tables')
      .where({ relname: 'relay_sessions' })
      .first();
    // All but those that found no room left in their page.
    assert.ok(Number(hot) >= Number(updates) / 2, `${hot} of ${updates}`);
  });

  async function capture(run: HotQuery): Promise<Statement[]> {
    const statements: Statement[] = [];
    const note = (statement: Statement) => void statements.push(statement);
    database.on('query', note);
    await run(database, subjectAt(3, SIZE)).finally(() => database.removeListener('query', note));
    return statements.filter(({ sql }) => PLANNED.test(sql));
  }

  async function explain(mode: (typeof MODES)[number], { sql, bindings }: Statement): Promise<Plan> {
    await client.query(`set plan_cache_mode = ${mode}`);
    await client.query(`prepare hot as ${sql}`);
    try {
      const values = bindings.map(toLiteral);
      const { rows } = await client.query(
        `explain (format json) execute hot ${values.length > 0 ? `(${values})` : ''}`,
      );
      return rows[0]['QUERY PLAN'][0].Plan;
    } finally {
      await client.query('deallocate hot');
    }
  }

  function toItem(value: unknown): string {
    return value instanceof Date ? value.toISOString() : String(value);
  }

  function toLiteral(value: unknown): string {
    if (value === null || value === undefined) return 'null';
    if (Array.isArray(value)) return client.escapeLiteral(`{${value.map(toItem)}}`);
    if (value instanceof Date) return client.escapeLiteral(value.toISOString());
    if (Buffer.isBuffer(value)) return client.escapeLiteral(`\\x${value.toString('hex')}`);
    return client.escapeLiteral(String(value));
  }
});
