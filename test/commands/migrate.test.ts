import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/run-command.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { openTestRun } from '../support/test-run.ts';
import { assertRefused } from './operator.ts';

/** The advisory lock that all who migrate agree on. */
const LOCK = 7_340_127;
const MIGRATIONS = [
  '0001-accounts',
  '0002-relays',
  '0003-metering',
  '0004-billing',
  '0005-fleet',
  '0006-pool',
  '0007-browser-login',
  '0008-take-over',
  '0009-schedules',
  '0010-rate-limits',
  '0011-account-notices',
  '0012-growth',
];

describe('migrate', () => {
  let url: string;
  let name: string;
  let dataDir: string;

  beforeEach(async () => {
    const run = await openTestRun();
    ({ dataDir } = run);
    name = `empty_${randomUUID().replaceAll('-', '')}`;
    await onDatabase(run.urlOf('postgres'), `create database ${name}`);
    url = run.urlOf(name);
  });

  afterEach(async () => {
    const run = await openTestRun();
    await onDatabase(run.urlOf('postgres'), `drop database ${name} with (force)`);
  });

  const run = (command: string) =>
    runCommand(command.split(' '), { NODE_ENV: 'test', DATABASE_URL: url, DATA_DIR: dataDir, ...TEST_SECRETS });

  it('brings an empty database up to date, the job queue included, and says what it did', async () => {
    const { code, stderr } = await run('migrate');
    assert.deepEqual([code, stderr], [0, `Applied: ${MIGRATIONS.join(', ')}\n`]);
    const rows = await onDatabase(url, 'select name from knex_migrations order by id');
    assert.deepEqual(
      rows.map((row) => row.name),
      MIGRATIONS,
    );
    const queues = await onDatabase(url, 'select name from jobs.queue order by name');
    assert.deepEqual(
      queues.map((row) => row.name),
      ['billing-event', 'relay-deprovision', 'relay-dns', 'relay-migrate', 'relay-provision'],
    );
  });

  it('finds nothing to do the next time', async () => {
    await run('migrate');
    const { code, stderr } = await run('migrate');
    assert.deepEqual([code, stderr], [0, 'The schema is up to date.\n']);
  });

  it('is done once when several begin at the same time', async () => {
    const outcomes = await Promise.all([run('migrate'), run('migrate'), run('migrate')]);
    assert.deepEqual(
      outcomes.map(({ code, stderr }) => [code, stderr]).sort(),
      [
        [0, `Applied: ${MIGRATIONS.join(', ')}\n`],
        [0, 'The schema is up to date.\n'],
        [0, 'The schema is up to date.\n'],
      ].sort(),
    );
  });

  it('waits for another one that is at it', async () => {
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    try {
      await other.query(`select pg_advisory_lock(${LOCK})`);
      const migrating = run('migrate');
      const waiting = "select 1 from pg_stat_activity where wait_event = 'advisory' and datname = current_database()";
      await eventually(async () => assert.equal((await other.query(waiting)).rowCount, 1));
      const { rows } = await other.query("select to_regclass('users') as users");
      assert.deepEqual(rows, [{ users: null }]);
      await other.query(`select pg_advisory_unlock(${LOCK})`);
      assert.equal((await migrating).code, 0);
    } finally {
      await other.end();
    }
  });

  it('goes on behind one that was killed in the middle', async () => {
    await run('migrate');
    await onDatabase(url, 'update knex_migrations_lock set is_locked = 1');
    const { code, stderr } = await run('migrate');
    assert.deepEqual([code, stderr], [0, 'The schema is up to date.\n']);
  });

  it('is asked for by an API that finds an old schema', async () => {
    assertRefused(
      await run('api'),
      /lacks 12 migrations \(0001-accounts, 0002-relays, 0003-metering, 0004-billing, 0005-fleet, 0006-pool, 0007-browser-login, 0008-take-over, 0009-schedules, 0010-rate-limits, 0011-account-notices, 0012-growth\)\. Run `npm run migrate` first\./,
    );
  });

  it('of an earlier release leaves a later schema as it is, and says so', async () => {
    await run('migrate');
    await onDatabase(
      url,
      "insert into knex_migrations (name, batch, migration_time) values ('9999-later', 99, now()) returning 1",
    );
    const { code, stderr } = await run('migrate');
    const said = 'The schema is of a later release (9999-later). It stays as it is, and this release can use it.\n';
    assert.deepEqual([code, stderr], [0, said]);
  });

  it('is done by the commands of an operator by themselves', async () => {
    const { code, stdout, stderr } = await run('user list');
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, 'There are no users yet. Make one: npm run user -- create --email E\n');
  });
});

async function onDatabase(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
