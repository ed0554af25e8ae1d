import assert from 'node:assert/strict';
import pg from 'pg';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { fillTables, type Size } from '../support/growth/fill-tables.ts';
import { HOT_QUERIES, subjectAt } from '../support/growth/hot-queries.ts';
import { createTestDatabase } from '../support/test-run.ts';

const SIZE: Size = { users: 600, streams: 12 };

/** What grows with users or with time. */
const BIG = [
  'users',
  'auth_sessions',
  'stream_slots',
  'relay_sessions',
  'relay_session_events',
  'relay_provision_steps',
  'relay_instances',
  'idempotency_keys',
  'usage_intervals',
  'usage_adjustments',
  'billing_events',
];

/** The indexes by which a query may reach its rows, all of which its plans use. */
const INDEXES: Record<keyof typeof HOT_QUERIES, string[]> = {
  'session check': ['auth_sessions_pkey', 'users_pkey'],
  'account snapshot': [
    'relay_sessions_live_key',
    'stream_slots_pkey',
    'usage_adjustments_user_id_idx',
    'usage_intervals_user_id_idx',
    'users_pkey',
  ],
  'active session': ['relay_sessions_live_key'],
};

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: Plan[];
}

interface Statement {
  sql: string;
  bindings: unknown[];
}

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
    await fillTables(database, SIZE, new Date());
  });
  after(async () => {
    await client?.end();
    await database?.destroy();
    await drop?.();
  });

  for (const [name, run] of Object.entries(HOT_QUERIES)) {
    it(`${name}`, async () => {
      const statements: Statement[] = [];
      const note = (statement: Statement) => void statements.push(statement);
      database.on('query', note);
      await run(database, subjectAt(3, SIZE)).finally(() => database.removeListener('query', note));
      for (const { sql, bindings } of statements) {
        if (!/^\s*(select|with|insert|update|delete)/i.test(sql)) continue;
        for (const mode of ['force_custom_plan', 'force_generic_plan'])
        console.log(mode, sql.slice(0, 150), JSON.stringify(flat(await explain(mode, sql, bindings))));
      }
    });
  }

  async function explain(mode: string, sql: string, bindings: unknown[]): Promise<Plan> {
    await client.query(`set plan_cache_mode = ${mode}`);
    await client.query(`prepare hot as ${sql}`);
    try {
      const values = bindings.map(toLiteral);
      const { rows } = await client.query(`explain (format json) execute hot ${values.length > 0 ? `(${values})` : ''}`);
      return rows[0]['QUERY PLAN'][0].Plan;
    } finally {
      await client.query('deallocate hot');
    }
  }

  function toLiteral(value: unknown): string {
    if (value === null || value === undefined) return 'null';
    if (Array.isArray(value)) return client.escapeLiteral(`{${value.join(',')}}`);
    if (value instanceof Date) return client.escapeLiteral(value.toISOString());
    if (Buffer.isBuffer(value)) return client.escapeLiteral(`\\x${value.toString('hex')}`);
    return client.escapeLiteral(String(value));
  }
});

function flat(plan: Plan): string[] {
  const own = [plan['Node Type'], plan['Relation Name'], plan['Index Name']].filter(Boolean).join(' ');
  return [own, ...(plan.Plans ?? []).flatMap(flat)];
}
