import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { createUser } from '../../src/features/account/index.ts';
import { ensureRelayHost } from '../../src/features/relay/providers/local/host-process.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { systemRandom } from '../../src/random.ts';
import { findFreePort } from '../../test/support/free-port.ts';
import { exitWithin, type ServerProcess, startServerProcess } from '../../test/support/process.ts';

/** The real service in processes of its own: API, worker, PostgreSQL and the host of relay stand-ins. */
export interface Stage {
  url: string;
  database: Database;
  api(): ServerProcess;
  worker(): ServerProcess;
  /** Makes accounts with a plan that never runs out. @returns their ids. */
  addUsers(count: number): Promise<string[]>;
  /** Ends the API as a deploy does, and starts it again at the same address. */
  restartApi(): Promise<void>;
  /** Stops PostgreSQL, cutting every connection, and starts it again. */
  restartDatabase(): Promise<void>;
  /** Relays that aren't known to be gone. */
  countRelays(): Promise<number>;
  close(): Promise<void>;
}

const DRAIN_MS = 30_000;
/** As the shipped relay: it tells its health every 30 s. */
const HEALTH_MS = 30_000;
/** What `npm start` gives to Node, and what lets us see what a process keeps. */
const NODE_OPTIONS = `--max-semi-space-size=8 --import=${new URL('collect-when-asked.ts', import.meta.url)}`;
/** All plugins share one address here; the limits still count each request. */
const RATE_LIMIT_FACTOR = '1000';
const BATCH = 20;

/** Starts everything, with a PostgreSQL that writes through to the disk. */
export async function openStage(regions: readonly string[]): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-soak-'));
  let cluster = await openEmbeddedDatabase({ dataDir });
  await migrateDatabase(cluster.url);
  const database = connectDatabase({ url: cluster.url, applicationName: 'soak', poolSize: 2 });
  const stateDir = join(dataDir, 'relays');
  await ensureRelayHost({ stateDir, host: { healthIntervalMs: HEALTH_MS }, fetch, onMessage: () => {} });
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    NODE_OPTIONS,
    RATE_LIMIT_FACTOR,
    PUBLIC_BASE_URL: url,
    SUPPORTED_REGIONS: regions.join(','),
    LOG_LEVEL: 'error',
  };
  const start = (role: 'api' | 'worker', more: Record<string, string> = {}) =>
    startServerProcess(role, { databaseUrl: cluster.url, dataDir, deployment: 'soak', env: { ...env, ...more } });
  const startApi = () => start('api', { LISTEN_ADDR: `127.0.0.1:${port}` });
  let [api, worker] = await Promise.all([startApi(), start('worker')]);

  async function end(server: ServerProcess): Promise<void> {
    server.kill('SIGTERM');
    await exitWithin(server, DRAIN_MS);
  }

  async function addUsers(count: number): Promise<string[]> {
    const deps = { database, clock: systemClock, random: systemRandom };
    const ids: string[] = [];
    while (ids.length < count) {
      const numbers = Array.from({ length: Math.min(BATCH, count - ids.length) }, (_, index) => ids.length + index);
      const made = await Promise.all(
        numbers.map((number) => createUser(deps, { email: `soak-${number}@example.com`, planTier: 'internal' })),
      );
      ids.push(...made.map(({ id }) => id));
    }
    return ids;
  }

  return {
    url,
    database,
    api: () => api,
    worker: () => worker,
    addUsers,
    async restartApi() {
      await end(api);
      api = await startApi();
    },
    async restartDatabase() {
      await cluster.release();
      cluster = await openEmbeddedDatabase({ dataDir });
      await untilReady([api, worker]);
    },
    async countRelays() {
      const row = await database('relay_instances').whereNot({ state: 'terminated' }).count().first();
      return Number(row?.count);
    },
    async close() {
      await Promise.all([end(api), end(worker)]);
      await database.destroy();
      await stopRelayHost(stateDir);
      await cluster.release();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const READY_LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 250;

/** @throws Error when one isn't ready within a minute. */
async function untilReady(servers: readonly ServerProcess[]): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS;
  for (const { adminUrl, pid } of servers) {
    const isReady = () =>
      fetch(`${adminUrl}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
    while (!(await isReady())) {
      if (performance.now() > deadline) throw new Error(`Process ${pid} has not become ready again within a minute.`);
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
