import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ora from 'ora';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { makeStateDir } from '../../src/features/relay/providers/local/host-file.ts';
import { startRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { findFreePort } from '../../test/support/free-port.ts';
import { exitWithin, startServerProcess } from '../../test/support/process.ts';
import { percentile } from '../soak/trend.ts';
import { addDevice } from './one-postgres/streams.ts';
import { launch, type Seen } from './provisioning/launch.ts';
import { watchReady } from './provisioning/ready.ts';
import { machine, printFigures, toMarkdown } from './report.ts';

export interface ProvisioningOptions {
  /** Sessions that start at once. */
  sessions: number;
  rounds: number;
  /** Milliseconds that the stand-in takes for each of its four steps at least. */
  step: number;
  json?: boolean;
  markdown?: boolean;
}

/** Where the time of one launch went, in milliseconds. */
interface Times {
  /** From the request to the intent that is stored right before the provider is called. */
  before: number;
  /** From there until the relay was ready: the call, and all that the provider does. */
  provider: number;
  /** From there until a long poll told the plugin. */
  after: number;
}

/** Starts many relays at once through a real API and worker, and measures what they add to the provider's own time. */
export async function benchProvisioning(options: ProvisioningOptions): Promise<void> {
  const { sessions, rounds, json = false, markdown = false } = options;
  const spinner = ora({ text: 'Starting PostgreSQL', isSilent: json || markdown }).start();
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-bench-'));
  const cluster = await openEmbeddedDatabase({ dataDir });
  const database = connectDatabase({ url: cluster.url, applicationName: 'telemy-bench', poolSize: 2 });
  const stateDir = join(dataDir, 'relays');
  await makeStateDir(stateDir);
  const ready = watchReady();
  // In this process, so that each relay's ready moment is known by the clock that the rest is measured with.
  const host = await startRelayHost({ stateDir, fetch: ready.fetch });
  const port = await findFreePort();
  const env = { PUBLIC_BASE_URL: `http://127.0.0.1:${port}` };
  const shared = { databaseUrl: cluster.url, dataDir, deployment: 'bench' };
  const figures: object[] = [];
  try {
    await migrateDatabase(cluster.url);
    const api = await startServerProcess('api', { ...shared, env: { ...env, LISTEN_ADDR: `127.0.0.1:${port}` } });
    const worker = await startServerProcess('worker', { ...shared, env });
    await slowDown(api.adminUrl, options.step);
    for (let round = 1; round <= rounds; round += 1) {
      spinner.text = `${sessions} accounts, round ${round} of ${rounds}`;
      const tokens: string[] = [];
      while (tokens.length < sessions) tokens.push((await addDevice(database)).token);
      spinner.text = `${sessions} relays at once, round ${round} of ${rounds}`;
      const seen = await Promise.all(tokens.map((token) => launch(api.url, token)));
      figures.push(...figuresOf(round, await timesOf(database, seen, ready.at)));
    }
    for (const server of [api, worker]) {
      server.kill('SIGTERM');
      await exitWithin(server, 30_000);
    }
    spinner.succeed(`${rounds} rounds of ${sessions} relays at once; what we add may take 250 ms (p95)`);
  } finally {
    spinner.stop();
    await host.close();
    await database.destroy();
    await cluster.release();
    await rm(dataDir, { recursive: true, force: true });
  }
  if (markdown) console.log(toMarkdown(figures));
  else printFigures({ figures, machine: machine(), json });
}

/** A provider on this machine that used its processors all the time would measure only itself. */
async function slowDown(adminUrl: string, slow_launch_ms: number): Promise<void> {
  const body = JSON.stringify({ slow_launch_ms });
  const { status } = await fetch(`${adminUrl}/dev/faults`, { method: 'PUT', body });
  if (status !== 200) throw new Error(`The stand-ins can't be slowed down: ${status}.`);
}

async function timesOf(database: Database, seen: Seen[], readyAt: ReadonlyMap<string, number>): Promise<Times[]> {
  const rows = await database('relay_instances')
    .whereIn(
      'session_id',
      seen.map(({ sessionId }) => sessionId),
    )
    .select<{ session_id: string; created_at: Date }[]>('session_id', 'created_at');
  const intents = new Map(rows.map((row) => [row.session_id, row.created_at.getTime()]));
  return seen.map(({ sessionId, postedAt, activeAt }) => {
    const [intent, ready] = [intents.get(sessionId), readyAt.get(sessionId)];
    if (intent === undefined || ready === undefined) throw new Error(`Nothing is known of the launch of ${sessionId}.`);
    return { before: intent - postedAt, provider: ready - intent, after: activeAt - ready };
  });
}

function figuresOf(round: number, times: Times[]): object[] {
  const parts: [part: string, read: (time: Times) => number][] = [
    ['request to the call of the provider', ({ before }) => before],
    ["the provider's own time", ({ provider }) => provider],
    ['ready to seen by the plugin', ({ after }) => after],
    ['added by us', ({ before, after }) => before + after],
  ];
  return parts.map(([part, read]) => {
    const sorted = times.map(read).sort((a, b) => a - b);
    const at = (percent: number) => Math.round(percentile(sorted, percent));
    return { round, part, p50_ms: at(50), p95_ms: at(95), max_ms: at(100) };
  });
}
