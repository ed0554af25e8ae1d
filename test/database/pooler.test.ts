import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connectDatabase } from '../../src/database/connect.ts';
import { signInNewUser, startActive } from '../support/factories.ts';
import { openPooler, type Pooler } from '../support/pooler.ts';
import { startServerProcess } from '../support/process.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestApp, TEST_SECRETS } from '../support/test-app.ts';
import { createTestDatabase, openTestRun } from '../support/test-run.ts';

/** What only PostgreSQL itself can do for a session, and pg-boss's own statements, as opposed to a job's insertion. */
const NEEDS_SESSION = /\blisten "|pg_advisory_lock|(update|delete from|from) +"?jobs\b/i;

describe('behind a pooler, with a DATABASE_DIRECT_URL past it', () => {
  let pooler: Pooler;
  let direct: { url: string; drop(): Promise<void> };
  beforeEach(async () => {
    direct = await createTestDatabase();
    pooler = await openPooler(direct.url);
  });
  afterEach(async () => {
    await pooler.close();
    await direct.drop();
  });

  it('the service brings a relay up, with only what a transaction can do sent through the pooler', async () => {
    const app = await startTestApp({ databaseUrl: pooler.url, directUrl: direct.url, ticking: true });
    try {
      const { token } = await signInNewUser(app);
      const session = await startActive(app, token);
      assert.equal(session.status, 'active');
      assert.match(pooler.sent(), /pg_notify/);
      assert.doesNotMatch(pooler.sent(), NEEDS_SESSION);
    } finally {
      await app.stop();
    }
  });

  it('statements that are begun together go one after the other, and one that fails is told by itself', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const database = connectDatabase({ url: direct.url, applicationName: 'telemy-test', throughPooler: true });
    try {
      const sum = await database.transaction(async (trx) => {
        const answers = await Promise.all([1, 2, 3].map((n) => trx.raw('select ?::int as n', [n])));
        return answers.map(({ rows }) => rows[0].n);
      });
      assert.deepEqual(sum, [1, 2, 3]);
      const broken = database.transaction((trx) => Promise.all([trx.raw('select 1 / 0'), trx.raw('select 1')]));
      await assert.rejects(broken, /division by zero/);
      assert.deepEqual((await database.raw('select 1 as n')).rows, [{ n: 1 }]);
    } finally {
      await database.destroy();
      process.off('warning', note);
    }
    assert.deepEqual(warnings, []);
  });

  describe('on an empty database', () => {
    let empty: EmptyDatabase;
    let door: Pooler;
    let dataDir: string;
    let urls: { DATABASE_URL: string; DATABASE_DIRECT_URL: string };
    beforeEach(async () => {
      ({ dataDir } = await openTestRun());
      empty = await createEmptyDatabase();
      door = await openPooler(empty.url);
      urls = { DATABASE_URL: door.url, DATABASE_DIRECT_URL: empty.url };
    });
    afterEach(async () => {
      await door.close();
      await empty.drop();
    });
    const run = (...args: string[]) =>
      runCommand(args, { NODE_ENV: 'test', DATA_DIR: dataDir, ...TEST_SECRETS, ...urls });

    it('migrate has no use for the pooler', async () => {
      const { code, stderr } = await run('migrate');
      assert.deepEqual([code, door.sent()], [0, ''], stderr);
    });

    it("an operator's command migrates past the pooler and reads through it", async () => {
      const { code, stderr } = await run('user', 'list');
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(door.sent(), /select .* from "users"/);
      assert.doesNotMatch(door.sent(), NEEDS_SESSION);
    });

    it('the whole service migrates past the pooler and becomes ready', async () => {
      const options = { databaseUrl: door.url, dataDir, deployment: 'pooler', env: urls };
      const server = await startServerProcess('all', options);
      server.kill('SIGTERM');
      assert.equal((await server.exited).code, 0, server.output());
      assert.match(door.sent(), /from "knex_migrations"/);
      assert.doesNotMatch(door.sent(), NEEDS_SESSION);
    });
  });

  it('a direct connection sends what the server should enforce, which a pooler would refuse', async () => {
    const database = connectDatabase({ url: pooler.url, applicationName: 'test' });
    await assert.rejects(async () => database.raw('select 1'), /unsupported startup parameter: options/);
    await database.destroy();
  });
});

interface EmptyDatabase {
  url: string;
  drop(): Promise<void>;
}

async function createEmptyDatabase(): Promise<EmptyDatabase> {
  const { urlOf } = await openTestRun();
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  const onServer = async (sql: string) => {
    const database = connectDatabase({ url: urlOf('postgres'), applicationName: 'test' });
    await database.raw(sql);
    await database.destroy();
  };
  await onServer(`create database ${name}`);
  return { url: urlOf(name), drop: () => onServer(`drop database ${name} with (force)`) };
}
