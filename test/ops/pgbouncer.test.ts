import assert from 'node:assert/strict';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { type Answer, call } from '../support/http.ts';
import type { PgBouncer } from '../support/ops/pgbouncer.ts';
import { calleeOf } from '../support/ops/plugin.ts';
import { LOGINS, openReplicas, type Replicas } from '../support/ops/replicas.ts';
import { itHoldsForReplicas, untilReady } from './replica-cases.ts';

/** Fewer than one process could use. */
const POOL_SIZE = 4;
const CALLERS = 8;
/** Answers to wait for at each step. */
const ANSWERS = 100;

/** What a transaction leaves in its session. */
const SESSION_STATEMENTS =
  /^\s*(set (?!transaction|local)|reset|listen|unlisten|prepare|deallocate|discard|declare|load|create (local |global )?temp)|pg_(try_)?advisory_lock|set_config\([^)]*false/i;
/** What PgBouncer itself keeps in step with the client it serves. */
const TRACKED = ['application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings'];
const LEFT_BEHIND = `select
  array(select name from pg_settings where source = 'session' and not name = any($1)) as settings,
  array(select name from pg_prepared_statements) as prepared,
  array(select name from pg_cursors where is_holdable) as cursors,
  array(select objid::text from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
  array(select relname::text from pg_class where relnamespace = pg_my_temp_schema()) as temporary,
  array(select pg_listening_channels()) as channels`;

describe('Two APIs and two workers through a PgBouncer in transaction mode with four connections', function () {
  this.timeout(60_000);
  let replicas: Replicas;
  let pooler: PgBouncer;
  before(async function () {
    this.timeout(120_000);
    replicas = await openReplicas(POOL_SIZE);
    pooler = replicas.pooler as PgBouncer;
  });
  after(() => replicas?.close());

  itHoldsForReplicas(() => replicas);

  it('no request fails while PgBouncer reads its settings anew (SIGHUP), and four connections are enough', async () => {
    const load = await startLoad(replicas);
    await load.more();
    pooler.kill('SIGHUP');
    await load.more();
    const rows = await replicas.cluster.query(
      `select count(*)::int as count from pg_stat_activity where usename = '${LOGINS.requests}'`,
    );
    assert.ok(Number(rows[0]?.count) <= POOL_SIZE);
    assert.deepEqual(new Set((await load.end()).map(({ status }) => status)), new Set([200]));
    assert.match(pooler.log(), /SIGHUP/);
  });

  it('while PgBouncer is away requests get 503 with Retry-After; behind its restart all is well', async () => {
    const load = await startLoad(replicas);
    await load.more();
    await pooler.halt();
    await load.more(503);
    await pooler.start();
    for (const server of [...replicas.apis, ...replicas.workers]) await untilReady(server);
    await load.more();
    const answers = await load.end();
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 503]));
    for (const { status, headers } of answers) {
      if (status === 503) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    }
    assert.deepEqual(new Set(answers.slice(-CALLERS).map(({ status }) => status)), new Set([200]));
  });

  it('nothing that was sent through PgBouncer stays in a session, and no statement has a name', () => {
    const lines = replicas.cluster.log().split('\n');
    const own = lines.filter((line) => line.startsWith(`${LOGINS.requests}|telemy-`));
    const statements = own.flatMap((line) => {
      const [, how = '', sql = ''] = /\|LOG: {2}(statement|execute [^:]*): (.*)/.exec(line) ?? [];
      return how === '' ? [] : [{ how, sql }];
    });
    assert.ok(statements.length > 100);
    assert.deepEqual(
      statements.filter(({ sql }) => SESSION_STATEMENTS.test(sql) && !/^SET (application_name|client_enc)/i.test(sql)),
      [],
    );
    assert.deepEqual(new Set(statements.map(({ how }) => how)), new Set(['statement', 'execute <unnamed>']));
    assert.ok(lines.some((line) => line.startsWith(`${LOGINS.direct}|telemy-listener|`) && /listen "/i.test(line)));
  });

  it("none of PgBouncer's sessions holds a setting, a lock, a prepared statement, a cursor, a table or a channel", async () => {
    const clients = Array.from(
      { length: POOL_SIZE },
      () => new pg.Client({ connectionString: pooler.urlOf('telemy', LOGINS.requests) }),
    );
    const pids = new Set<number>();
    try {
      // A transaction each: so they have all of the sessions between them.
      for (const client of clients) {
        await client.connect();
        await client.query('begin');
        const { rows } = await client.query(LEFT_BEHIND, [TRACKED]);
        const none = { settings: [], prepared: [], cursors: [], locks: [], temporary: [], channels: [] };
        assert.deepEqual(rows, [none]);
        pids.add((await client.query('select pg_backend_pid() as pid')).rows[0].pid);
      }
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
    assert.equal(pids.size, POOL_SIZE);
  });
});

interface Load {
  /** Waits for this many more answers with that status, from each API. */
  more(status?: number): Promise<void>;
  /** Ends it; all answers, in the order in which they came. */
  end(): Promise<Answer[]>;
}

/** Callers who ask both APIs, one request after the other. */
async function startLoad({ apis, signIn }: Replicas): Promise<Load> {
  const { access: token } = await signIn();
  const answers: Answer[] = [];
  let isOver = false;
  const callers = Array.from({ length: CALLERS }, async (_, index) => {
    const api = apis[index % 2] as (typeof apis)[0];
    // Nothing that is kept would do: each of these is asked of the database.
    while (!isOver) answers.push(await call(calleeOf(api), 'GET', '/usage/sessions', { token }));
  });
  return {
    async more(status = 200) {
      const from = answers.length;
      const isEnough = () => answers.slice(from).filter((answer) => answer.status === status).length >= ANSWERS;
      await eventually(() => assert.ok(isEnough(), `too few answers with ${status}`), { timeoutMs: 30_000 });
    },
    async end() {
      isOver = true;
      await Promise.all(callers);
      return answers;
    },
  };
}
