import assert from 'node:assert/strict';
import pg from 'pg';
import { eventually } from '../eventually.ts';
import { CLIENT } from '../factories.ts';
import { type Fault, type FaultScene, nothing } from './fault.ts';

/** More than the servers' pools have together, so that they find none left. */
const GREEDY_CONNECTIONS = 400;
/** What an API's pool holds at most. */
const API_POOL = 15;
/** Requests for each API, so many that by chance, too, each gets more than its pool holds. */
const CROWD = 40;
/** Shorter than a statement waits for a lock, in milliseconds. */
const DRY_LIMIT_MS = 12_000;

const restart =
  (mode: 'fast' | 'immediate'): Fault['begin'] =>
  async ({ world }) => {
    const pair = postgresOf(world);
    await pair.primary().stop(mode);
    return async () => {
      await pair.primary().start();
      await pair.inStep();
    };
  };

/** Ends connections whose names in pg_stat_activity are like that. */
const terminate =
  (names: string): Fault['begin'] =>
  async ({ world }) => {
    const client = await connect(world.databaseUrl());
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like $1 and pid <> pg_backend_pid()`,
      [names],
    );
    await client.end();
    return nothing;
  };

/** Nobody gets past the accounts, so that every connection of every pool ends up waiting, and more requests come. */
const lockTables: Fault['begin'] = async ({ world, watch }) => {
  const client = await connect(world.databaseUrl());
  await client.query('begin');
  await client.query('lock table users, relay_sessions, plugin_login_attempts in access exclusive mode');
  // Each has a row of its own to write, so that none can share the answer of another.
  const asked = Array.from({ length: world.size.apis * CROWD }, async () => {
    const answer = await watch.ask('POST', '/auth/plugin/login/start', { body: { client: CLIENT } });
    if (answer && answer.status !== 201) watch.faults.push(`a login: ${answer.status} ${answer.text}`);
  });
  // Over another connection: a transaction sees the activity as it was when it first looked.
  const watcher = await connect(world.databaseUrl());
  await eventually(() => assertDry(watcher, world.fleet.apis().length), { timeoutMs: DRY_LIMIT_MS, intervalMs: 50 });
  await watcher.end();
  return async () => {
    await client.query('rollback');
    await client.end();
    await Promise.all(asked);
  };
};

/**
 * @param apis those that are there: another fault may have ended some.
 * @throws Error when a pool has a connection left that doesn't wait for a lock.
 */
async function assertDry(client: pg.Client, apis: number): Promise<void> {
  const { rows } = await client.query(
    `select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and application_name = 'telemy-api' and wait_event_type = 'Lock'`,
  );
  assert.ok(rows[0].waiting >= apis * API_POOL, `${rows[0].waiting} connections wait for the lock`);
}

/** Somebody else takes all connections that PostgreSQL has left, and the pools have to do with what they hold. */
const takeConnections: Fault['begin'] = async (scene) => {
  const { world } = scene;
  const taken: pg.Client[] = [];
  // From here on each process has to find connections anew.
  await terminate('telemy-%')(scene);
  try {
    while (taken.length < GREEDY_CONNECTIONS) taken.push(await connect(world.databaseUrl()));
  } catch (error) {
    // 53300: that was the last one.
    if ((error as { code?: string }).code !== '53300') throw error;
  }
  return async () => {
    await Promise.all(taken.map((client) => client.end()));
  };
};

/** Of PostgreSQL, and of the way to it. */
export const DATABASE_FAULTS: readonly Fault[] = [
  fault('postgres-fast', 'PostgreSQL restarts (fast)', restart('fast'), true),
  fault('postgres-immediate', 'PostgreSQL crashes and recovers (immediate)', restart('immediate'), true),
  fault(
    'failover',
    'PostgreSQL is lost, the standby is promoted, a new standby joins',
    async ({ world }) => {
      const pair = postgresOf(world);
      await pair.failOver();
      return async () => {
        world.proxy.leadTo(world.databaseUrl());
        await pair.rejoin();
      };
    },
    true,
  ),
  fault('locks', 'the tables that all requests need are locked: every pool runs dry', lockTables),
  fault('connections-taken', 'somebody takes every connection that PostgreSQL has', takeConnections, true),
  fault('connections-cut', 'every connection of the service is ended', terminate('telemy-%')),
  { name: 'listener-cut', group: 'database', what: 'the listeners are ended', begin: terminate('telemy-listener') },
  fault('proxy-cut', 'the way to the database is cut: refused', async ({ world: { proxy } }) => {
    await proxy.cut();
    // Somebody else on this machine may have got the port for a moment.
    return () => eventually(proxy.restore, { timeoutMs: 30_000, intervalMs: 100 });
  }),
  fault(
    'black-hole',
    'the way to the database takes everything and passes nothing on',
    async ({ world: { proxy } }) => {
      proxy.hang();
      return async () => proxy.resume();
    },
  ),
  fault(
    'half-open',
    "the database's ends of all connections vanish, and nobody is told",
    async ({ world: { proxy } }) => {
      proxy.lose();
      return nothing;
    },
  ),
];

function fault(name: string, what: string, begin: Fault['begin'], needsStandby?: true): Fault {
  const needs = needsStandby ? { needsStandby } : {};
  return { name, group: 'database', what, databaseAway: true, ...needs, begin };
}

function postgresOf({ postgres }: FaultScene['world']) {
  if (!postgres) throw new Error('This run has no PostgreSQL that can be restarted.');
  return postgres;
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // It may be ended by another fault.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
