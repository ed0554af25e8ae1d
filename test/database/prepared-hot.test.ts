import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { fillTables } from '../support/growth/fill-tables.ts';
import { HOT_QUERIES, type HotQuery, OFTEN_ASKED, subjectAt } from '../support/growth/hot-queries.ts';
import { OFTEN, preparedOn } from '../support/prepared-lab.ts';
import { createTestDatabase } from '../support/test-run.ts';

const SIZE = { users: 20, streams: 10 };
const TABLES = ['users', 'auth_sessions', 'stream_slots', 'relay_sessions', 'usage_intervals', 'usage_adjustments'];

/** What a migration may do while servers run. */
const MIGRATION = [
  ...TABLES.map((table) => `alter table ${table} add column brand_new text not null default 'new'`),
  'create index on relay_sessions (brand_new)',
  'drop index relay_sessions_user_id_idx',
  ...TABLES.map((table) => `analyze ${table}`),
];

describe('What is asked again and again', () => {
  let database: Database;
  let drop: () => Promise<void>;
  before(async () => {
    const own = await createTestDatabase();
    drop = own.drop;
    database = connectDatabase({ url: own.url, applicationName: 'test', poolSize: 1 });
    await fillTables(database, SIZE, new Date());
  });
  after(async () => {
    await database?.destroy();
    await drop?.();
  });

  it('is prepared, and goes on as prepared when a migration changes every table that it reads', async () => {
    await askAll();
    const before = await preparedOn(database);
    assert.ok(before.length >= OFTEN_ASKED.length, `${before.length} are prepared`);
    for (const sql of MIGRATION) await database.raw(sql);
    await askAll();
    const after = await preparedOn(database);
    assert.deepEqual(
      after,
      before.map(({ name, runs }) => ({ name, runs: 2 * runs })),
    );
  });

  async function askAll(): Promise<void> {
    for (let turn = 0; turn < OFTEN; turn += 1) {
      for (const name of OFTEN_ASKED) await (HOT_QUERIES[name] as HotQuery)(database, subjectAt(turn, SIZE));
    }
  }
});
