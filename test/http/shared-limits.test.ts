import assert from 'node:assert/strict';
import { type ConnectOptions, connectDatabase, type Database } from '../../src/database/connect.ts';
import type { RateLimitPolicy } from '../../src/http/contract-document.ts';
import type { RateLimiter } from '../../src/http/rate-limiter.ts';
import { createSharedRateLimiter, type SharedLimitsOptions } from '../../src/http/shared-rate-limiter.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../support/database-proxy.ts';
import { createPageClient } from '../support/page-client.ts';
import { startTestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-run.ts';

const POLICY: RateLimitPolicy = { limit: 5, window_seconds: 60, key: 'ip' };
const ADDRESS = '203.0.113.7';

/** A server as far as limits go. */
interface Server {
  limiter: RateLimiter;
  database: Database;
  /** Statements that it sent. */
  sent: string[];
  logged: string[];
  missed(): Promise<number>;
}

describe('Limits that servers share', () => {
  let home: { url: string; drop(): Promise<void> };
  let proxy: DatabaseProxy;
  const opened: Database[] = [];
  before(async () => {
    home = await createTestDatabase();
  });
  beforeEach(async () => {
    proxy = await openDatabaseProxy(home.url);
  });
  afterEach(async () => {
    await proxy.close();
    await open().database('rate_limits').delete();
    for (const database of opened.splice(0)) await database.destroy();
  });
  after(() => home.drop());

  function open(url = home.url, more: Partial<SharedLimitsOptions & ConnectOptions> = {}): Server {
    const sent: string[] = [];
    const watch = (sql: string) => {
      sent.push(sql);
      return () => undefined;
    };
    const database = connectDatabase({ url, applicationName: 'test', watch, ...more });
    opened.push(database);
    const logged: string[] = [];
    const logger = createLogger({ level: 'info', destination: { write: (line: string) => void logged.push(line) } });
    const metrics = createMetrics();
    const limiter = createSharedRateLimiter({
      factor: 1,
      database,
      secret: 'the secret of all servers',
      logger,
      metrics,
      ...more,
    });
    const missed = async () => (await metrics.rateLimitsApart.get()).values[0]?.value ?? 0;
    return { limiter, database, sent, logged, missed };
  }
  const consume = ({ limiter }: Server, key = ADDRESS) => limiter.consume('test', POLICY, key);
  const messages = ({ logged }: Server) => logged.map((line) => (JSON.parse(line) as { msg: string }).msg);

  it('let through as many of 60 at once, sent to three servers, as one limit allows', async () => {
    const servers = [open(), open(), open()];
    const all = await Promise.all(Array.from({ length: 60 }, (_, index) => consume(servers[index % 3] as Server)));
    const passed = all.filter((status) => status?.exceeded === false);
    assert.deepEqual(passed.map((status) => status?.remaining).sort(), [0, 1, 2, 3, 4]);
    assert.equal((await (servers[0] as Server).limiter.peek('test', POLICY, ADDRESS))?.remaining, 0);
  });

  it('cost one statement for each count, and none for a flood beyond the limit', async () => {
    const server = open();
    for (let count = 1; count <= POLICY.limit + 1; count += 1) {
      assert.equal((await consume(server))?.exceeded, count > POLICY.limit);
      assert.equal(server.sent.length, count);
    }
    for (let count = 0; count < 50; count += 1) {
      const status = await consume(server);
      assert.deepEqual([status?.exceeded, status?.remaining], [true, 0]);
      assert.ok(status && status.resetSeconds >= 1 && status.resetSeconds <= POLICY.window_seconds);
    }
    assert.equal(server.sent.length, POLICY.limit + 1);
  });

  it('make room again for what is taken back, also beyond the limit', async () => {
    const [one, other] = [open(), open()];
    for (let count = 0; count <= POLICY.limit; count += 1) await consume(one);
    for (let count = 0; count < 2; count += 1) await one.limiter.refund('test', POLICY, ADDRESS);
    assert.equal((await other.limiter.peek('test', POLICY, ADDRESS))?.remaining, 1);
    assert.equal((await consume(one))?.exceeded, false);
    assert.equal((await consume(other))?.exceeded, true);
  });

  it('begin anew when their window has ended, whoever counted in it', async () => {
    const [one, other] = [open(), open()];
    for (let count = 0; count < POLICY.limit; count += 1) await consume(one);
    await other.database('rate_limits').update({ expire: Date.now() - 1 });
    assert.equal((await other.limiter.peek('test', POLICY, ADDRESS))?.remaining, POLICY.limit);
    assert.equal((await consume(other))?.remaining, POLICY.limit - 1);
    assert.equal((await consume(one))?.remaining, POLICY.limit - 2);
  });

  it('tell nobody who reads the table whom they count, and cost no log of the database', async () => {
    const server = open();
    await consume(server);
    const [row] = await server.database('rate_limits');
    assert.match(row.key, /^test:ip:60:[\w-]{43}$/);
    const kind = await server.database('pg_class').where({ relname: 'rate_limits' }).first('relpersistence');
    assert.deepEqual(kind, { relpersistence: 'u' });
  });

  it('leave no prepared statement in a session, which a pooler would give to others', async () => {
    const server = open(home.url, { poolSize: 1 });
    await consume(server);
    await server.limiter.peek('test', POLICY, ADDRESS);
    await server.limiter.refund('test', POLICY, ADDRESS);
    const { rows } = await server.database.raw('select name from pg_prepared_statements');
    assert.deepEqual(rows, []);
  });

  it('hold at each server by itself while the database is away, and over all of them when it is back', async () => {
    const server = open(proxy.url, { restMs: 0 });
    await consume(server);
    await proxy.cut();
    for (let count = 1; count <= POLICY.limit + 2; count += 1) {
      const status = await consume(server);
      assert.deepEqual(
        [status?.exceeded, status?.remaining],
        [count > POLICY.limit, Math.max(0, POLICY.limit - count)],
      );
    }
    assert.equal((await server.limiter.peek('test', POLICY, ADDRESS))?.remaining, 0);
    await server.limiter.refund('test', POLICY, 'someone else');
    assert.deepEqual(messages(server), ['rate_limits_apart']);
    assert.equal(await server.missed(), POLICY.limit + 4);
    await proxy.restore();
    assert.equal((await consume(server))?.remaining, POLICY.limit - 2);
    assert.deepEqual(messages(server), ['rate_limits_apart', 'rate_limits_shared']);
  });

  it('make only the first request wait for a database that hangs, and not long', async () => {
    const server = open(proxy.url, { waitMs: 100, restMs: 600_000 });
    await consume(server);
    const before = server.sent.length;
    proxy.hang();
    const begun = performance.now();
    for (let count = 1; count <= POLICY.limit + 1; count += 1) {
      assert.equal((await consume(server))?.exceeded, count > POLICY.limit);
    }
    const took = performance.now() - begun;
    assert.ok(took >= 99 && took < 3_000, `${took} ms`);
    assert.equal(server.sent.length, before + 1);
    proxy.resume();
  });

  it('hold for the pages of two servers together', async () => {
    const env = { RATE_LIMIT_STORE: 'postgres', RATE_LIMIT_FACTOR: '1' };
    const apps = [];
    for (let count = 0; count < 2; count += 1) {
      apps.push(await startTestApp({ roles: ['api'], databaseUrl: home.url, env }));
    }
    try {
      const visitors = apps.map((app) => createPageClient(app.url));
      const statuses: (number | undefined)[] = [];
      for (let index = 0; index < 12; index += 1) {
        statuses.push((await visitors[index % 2]?.post('/login/plugin/code', {}))?.status);
      }
      assert.deepEqual(statuses, [...Array(10).fill(statuses[0]), 429, 429]);
      assert.notEqual(statuses[0], 429);
    } finally {
      for (const app of apps) await app.stop();
    }
  });
});
