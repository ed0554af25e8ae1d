import assert from 'node:assert/strict';
import pg from 'pg';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { takeOver } from '../../src/database/migrations/0008-take-over.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start, waitForStatus } from '../support/factories.ts';
import { startTestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-run.ts';

const LATER = "insert into knex_migrations (name, batch, migration_time) values ('9999-later', 99, now())";
const FORGET = `delete from knex_migrations where name = '${takeOver.name}'`;

describe('A schema of another release', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let operator: pg.Client;
  beforeEach(async () => {
    database = await createTestDatabase();
    operator = await connect();
  });
  afterEach(async () => {
    await operator.end();
    await database.drop();
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    return client;
  }

  it('that is later serves: the log tells what is unknown, a device signs in and its relay comes up', async () => {
    await operator.query(LATER);
    await operator.query("alter table auth_sessions add column later text not null default ''");
    const app = await startTestApp({ databaseUrl: database.url });
    try {
      const line = app.logLines.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'schema_is_newer');
      assert.deepEqual(line?.unknown, ['9999-later']);
      const { token } = await signInNewUser(app);
      const { body } = await start(app, token, {});
      await waitForStatus(app, token, body.session, 'active');
    } finally {
      await app.stop();
    }
  });

  it('that is later is left alone by a migration, and no word is logged about one that is the same', async () => {
    const app = await startTestApp({ databaseUrl: database.url });
    await app.stop();
    assert.doesNotMatch(app.logLines.join(), /schema_is_newer/);
    await operator.query(LATER);
    assert.deepEqual(await migrateDatabase(database.url), []);
  });

  it('that is earlier is refused by a worker, which says what to do', async () => {
    await operator.query(FORGET);
    await assert.rejects(
      startTestApp({ databaseUrl: database.url, roles: ['worker'] }),
      /lacks 1 migrations \(0008-take-over\)\. Run `npm run migrate` first\./,
    );
  });

  it('that is of another line is refused by servers and migrations', async () => {
    await operator.query(FORGET);
    await operator.query(LATER);
    const forked = /does not know \(9999-later\) and lacks some that it needs \(0008-take-over\).*has both\./;
    await assert.rejects(startTestApp({ databaseUrl: database.url }), forked);
    await assert.rejects(migrateDatabase(database.url), forked);
  });
});

describe('A migration whose table somebody holds', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let holder: pg.Client;
  let server: pg.Client;
  beforeEach(async () => {
    database = await createTestDatabase();
    [holder, server] = [0, 1].map(() => new pg.Client({ connectionString: database.url })) as [pg.Client, pg.Client];
    await Promise.all([holder.connect(), server.connect()]);
    await holder.query(
      'drop table imported_users, imported_rows; alter table auth_sessions drop column legacy_token_hash',
    );
    await holder.query(FORGET);
    await holder.query('begin; select from auth_sessions');
  });
  afterEach(async () => {
    await Promise.all([holder.end(), server.end()]);
    await database.drop();
  });

  it('lets go of it in between, so that servers are answered, and is done once the table is free', async () => {
    const migrating = migrateDatabase(database.url, { lockLimitMs: 300, restMs: 50, tries: 1_000 });
    const waiting = `select from pg_locks where relation = 'auth_sessions'::regclass and mode = 'AccessExclusiveLock'`;
    await eventually(async () => assert.equal((await server.query(waiting)).rowCount, 1));
    // Queues behind the migration, and is answered while the holder still holds.
    await server.query('select from auth_sessions');
    await holder.query('rollback');
    assert.deepEqual(await migrating, ['0008-take-over']);
  });

  it('gives up after its tries and says who to look for; nothing is changed', async () => {
    const migrating = migrateDatabase(database.url, { lockLimitMs: 10, restMs: 1, tries: 2 });
    await assert.rejects(migrating, /0008-take-over could not lock a table in 2 tries.*pg_stat_activity/);
    const { rows } = await server.query("select to_regclass('imported_rows') as made");
    assert.deepEqual(rows, [{ made: null }]);
  });
});
