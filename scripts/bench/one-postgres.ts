import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ora from 'ora';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { startPgBouncer } from '../../test/support/ops/pgbouncer.ts';
import { exitWithin, type ServerProcess, startServerProcess } from '../../test/support/process.ts';
import { findNeeds } from '../test-ops/needs.ts';
import { measureLives } from './one-postgres/growth.ts';
import { sendMix } from './one-postgres/mix.ts';
import { printOnePostgres, type Run } from './one-postgres/report.ts';
import { addStreams, type Stream } from './one-postgres/streams.ts';
import { readUsed } from './one-postgres/used.ts';

export interface OnePostgresOptions {
  seconds: number;
  connections: number;
  streams: number;
  lives: number;
  /** Hours that a streamer's session is taken to last. */
  hours: number;
  json?: boolean;
  markdown?: boolean;
}

const WARM_UP_SECONDS = 2;
const PROCESSES = [1, 2] as const;

/** A way from the API to PostgreSQL, and what an API process needs to take it. */
interface Way {
  name: Run['way'];
  env: Record<string, string>;
}

/** Sends the plugin's mix to one and two API processes, past PgBouncer and through it, and measures what is used and stored. */
export async function benchOnePostgres(options: OnePostgresOptions): Promise<void> {
  const { json = false, markdown = false } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-bench-'));
  const spinner = ora({ text: 'Starting PostgreSQL', isSilent: json }).start();
  const cluster = await openEmbeddedDatabase({ dataDir });
  const database = connectDatabase({ url: cluster.url, applicationName: 'telemy-bench', poolSize: 1 });
  const pooler = hasPgBouncer() ? await startPooler(cluster.url) : undefined;
  const ways: Way[] = [{ name: 'direct', env: {} }];
  if (pooler) {
    ways.push({ name: 'PgBouncer', env: { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: cluster.url } });
  }
  const start = (role: 'api' | 'all', env: Record<string, string> = {}) =>
    startServerProcess(role, { databaseUrl: cluster.url, dataDir, deployment: 'bench', env });
  const runs: Run[] = [];
  try {
    await migrateDatabase(cluster.url);
    spinner.text = `${options.lives} relays start and end`;
    const whole = await start('all');
    const life = await measureLives(database, whole, options.lives).finally(() => end(whole));
    for (const processes of PROCESSES) {
      for (const way of ways) {
        spinner.text = `${processes} API, ${way.name}, ${options.seconds} s`;
        // New ones for each run: a lease is only good for five minutes.
        const streams = await addStreams(database, options.streams);
        const servers = await Promise.all(Array.from({ length: processes }, () => start('api', way.env)));
        try {
          runs.push({ processes, way: way.name, ...(await measure(database, servers, streams, options)) });
        } finally {
          await Promise.all(servers.map(end));
        }
      }
    }
    spinner.succeed(`${runs.length} runs of ${options.seconds} s, ${options.connections} connections`);
    printOnePostgres({ runs, life, hours: options.hours, hasPooler: pooler !== undefined, json, markdown });
  } finally {
    spinner.stop();
    await database.destroy();
    await pooler?.stop();
    await stopRelayHost(join(dataDir, 'relays'));
    await cluster.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(
  database: Database,
  servers: ServerProcess[],
  streams: Stream[],
  { connections, seconds }: OnePostgresOptions,
): Promise<Omit<Run, 'processes' | 'way'>> {
  const urls = servers.map(({ url }) => url);
  await sendMix(urls, streams, connections, WARM_UP_SECONDS);
  const before = await readUsed(database, servers);
  const load = await sendMix(urls, streams, connections, seconds);
  const after = await readUsed(database, servers);
  return {
    ...load,
    statements: after.statements - before.statements,
    apiSeconds: after.api - before.api,
    postgresSeconds: after.postgres === null || before.postgres === null ? null : after.postgres - before.postgres,
    walBytes: after.wal - before.wal,
  };
}

async function end(server: ServerProcess): Promise<void> {
  server.kill('SIGTERM');
  await exitWithin(server, 20_000);
}

function hasPgBouncer(): boolean {
  const needs = findNeeds(['pgbouncer'], process.env.PATH ?? '');
  return needs.some((need) => need.package === 'pgbouncer' && need.missing.length === 0);
}

async function startPooler(url: string): Promise<{ url: string; stop(): Promise<void> }> {
  const { port, username, password, pathname } = new URL(url);
  const users = { [username]: decodeURIComponent(password) };
  const pooler = await startPgBouncer({ port: Number(port), users });
  return { url: pooler.urlOf(pathname.slice(1), username), stop: pooler.stop };
}
