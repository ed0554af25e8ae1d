import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { isDatabaseUnavailable } from '../../src/database/errors.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../support/database-proxy.ts';
import { createTestDatabase } from '../support/test-run.ts';

const TIMEOUT_MS = 300;
/** Long enough to tell one wait from two on a busy machine. */
const LONG_TIMEOUT_MS = 1_000;

describe('a statement without an answer', () => {
  let proxy: DatabaseProxy;
  let drop: () => Promise<void>;
  let database: Database;

  before(async () => {
    const own = await createTestDatabase();
    drop = own.drop;
    proxy = await openDatabaseProxy(own.url);
  });
  after(async () => {
    await proxy.close();
    await drop();
  });
  beforeEach(() => {
    // One connection, so that whoever comes next would get the same.
    database = connectDatabase({ url: proxy.url, applicationName: 'test', poolSize: 1, queryTimeoutMs: TIMEOUT_MS });
  });
  afterEach(async () => {
    proxy.resume();
    await database.destroy();
  });

  it('is given up as a database that is unavailable', async () => {
    await database.raw('select 1');
    proxy.hang();
    await assert.rejects(async () => database.raw('select 1'), isUnavailable);
  });

  it('takes its connection along: the next one gets another and its own answer', async () => {
    const before = await backend(database);
    proxy.hang();
    const late = assert.rejects(async () => database.raw("select 'late'"), isUnavailable);
    // Waits for the only connection, and would be handed the one that is still busy.
    const next = database.raw("select 'next' as answer");
    await late;
    proxy.resume();
    assert.deepEqual((await next).rows, [{ answer: 'next' }]);
    assert.notEqual(await backend(database), before);
  });

  it('ends its transaction without a second wait for the rollback', async () => {
    const patient = connectDatabase({ url: proxy.url, applicationName: 'test', queryTimeoutMs: LONG_TIMEOUT_MS });
    let began = 0;
    await assert.rejects(
      patient.transaction(async (trx) => {
        await trx.raw('select 1');
        proxy.hang();
        began = performance.now();
        await trx.raw('select 2');
      }),
      isUnavailable,
    );
    assert.ok(performance.now() - began < 2 * LONG_TIMEOUT_MS);
    await patient.destroy();
  });

  it('is cancelled by the server a little earlier, if that can still act', async () => {
    assert.equal(await serverTimeout(proxy.url, undefined), '15s');
    assert.equal(await serverTimeout(proxy.url, 1_600), '1500ms');
  });

  it('may take for ever where no limit is wanted, as for migrations', async () => {
    assert.equal(await serverTimeout(proxy.url, 0), '0');
    const unlimited = connectDatabase({ url: proxy.url, applicationName: 'test', poolSize: 1, queryTimeoutMs: 0 });
    const limited = database;
    await Promise.all([unlimited.raw('select 1'), limited.raw('select 1')]);
    proxy.hang();
    const patient = unlimited.raw("select 'late' as answer");
    const answer = patient.then(({ rows }: { rows: unknown }) => rows);
    await assert.rejects(async () => limited.raw('select 1'), isUnavailable);
    proxy.resume();
    assert.deepEqual(await answer, [{ answer: 'late' }]);
    await unlimited.destroy();
  });
});

describe('an unavailable database', () => {
  // pg gives these no code.
  for (const message of ['Query read timeout', 'timeout expired', 'Connection terminated unexpectedly']) {
    it(`is what pg means by "${message}"`, () => {
      assert.equal(isDatabaseUnavailable(new Error(message)), true);
    });
  }
});

function isUnavailable(error: unknown): boolean {
  assert.ok(isDatabaseUnavailable(error), String(error));
  return true;
}

async function backend(database: Database): Promise<number> {
  return (await database.raw('select pg_backend_pid() as pid')).rows[0].pid;
}

/** `statement_timeout` of connections with that limit. */
async function serverTimeout(url: string, queryTimeoutMs: number | undefined): Promise<string> {
  const database = connectDatabase({ url, applicationName: 'test', queryTimeoutMs });
  const { rows } = await database.raw('show statement_timeout');
  await database.destroy();
  return rows[0].statement_timeout;
}
