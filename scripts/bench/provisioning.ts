import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import ora, { type Ora } from 'ora';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { makeStateDir } from '../../src/features/relay/providers/local/host-file.ts';
import { startRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { findFreePort } from '../../test/support/free-port.ts';
import { exitWithin, type ServerProcess, startServerProcess } from '../../test/support/process.ts';
import { addDevice } from './one-postgres/streams.ts';
import { readEffort } from './provisioning/effort.ts';
import { launch } from './provisioning/launch.ts';
import { createTimedRelays, type TimedRelays } from './provisioning/timed-relays.ts';
import { figuresOf, momentsOf } from './provisioning/timeline.ts';
import { machine, printFigures, toMarkdown } from './report.ts';

export interface ProvisioningOptions {
  /** Sessions that start at once. */
  sessions: number;
  rounds: number;
  /** Milliseconds that a relay takes for each of its four steps. */
  step: number;
  json?: boolean;
  markdown?: boolean;
}

/** What a round works with. */
interface Bench {
  database: Database;
  api: ServerProcess;
  worker: ServerProcess;
  relays: TimedRelays;
  spinner: Ora;
}

/**
 * Starts many relays at once through a real API and worker, and measures what they add to the provider's own time. That is
 * the time from the arrival of the call that makes a relay to the moment at which the provider has it ready.
 */
export async function benchProvisioning(options: ProvisioningOptions): Promise<void> {
  const { sessions, rounds, json = false, markdown = false } = options;
  const spinner = ora({ text: 'Starting PostgreSQL', isSilent: json || markdown }).start();
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-bench-'));
  const cluster = await openEmbeddedDatabase({ dataDir });
  const database = connectDatabase({ url: cluster.url, applicationName: 'telemy-bench', poolSize: 2 });
  const stateDir = join(dataDir, 'relays');
  await makeStateDir(stateDir);
  const relays = createTimedRelays(options.step);
  // In this process, so that what the relays take is known by the clock that the rest is measured with.
  const host = await startRelayHost({ stateDir, instances: relays.instances });
  const port = await findFreePort();
  const env = { PUBLIC_BASE_URL: `http://127.0.0.1:${port}` };
  const shared = { databaseUrl: cluster.url, dataDir, deployment: 'bench' };
  const times: object[] = [];
  const efforts: object[] = [];
  try {
    await migrateDatabase(cluster.url);
    const api = await startServerProcess('api', { ...shared, env: { ...env, LISTEN_ADDR: `127.0.0.1:${port}` } });
    const worker = await startServerProcess('worker', { ...shared, env });
    for (let round = 1; round <= rounds; round += 1) {
      spinner.text = `Round ${round} of ${rounds}`;
      const { time, effort } = await runRound({ database, api, worker, relays, spinner }, round, sessions);
      times.push(...time);
      efforts.push(effort);
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
  for (const figures of [times, efforts]) {
    if (markdown) console.log(`${toMarkdown(figures)}\n`);
    else printFigures({ figures, machine: machine(), json });
  }
}

async function runRound({ database, api, worker, relays, spinner }: Bench, round: number, sessions: number) {
  const tokens: string[] = [];
  while (tokens.length < sessions) tokens.push((await addDevice(database)).token);
  const before = [await readEffort(api), await readEffort(worker)] as const;
  const load = loadavg()[0] ?? 0;
  spinner.text = `${sessions} relays at once, round ${round}`;
  const seen = await Promise.all(tokens.map((token) => launch(api.url, token)));
  const after = [await readEffort(api), await readEffort(worker)] as const;
  const each = (value: number) => Math.round((value / sessions) * 10) / 10;
  const effort = {
    round,
    load_before: Math.round(load * 10) / 10,
    refusals: seen.reduce((sum, one) => sum + one.refusals, 0),
    api_statements: each(after[0].statements - before[0].statements),
    worker_statements: each(after[1].statements - before[1].statements),
    api_cpu_ms: each(after[0].cpuMs - before[0].cpuMs),
    worker_cpu_ms: each(after[1].cpuMs - before[1].cpuMs),
  };
  return { time: figuresOf(round, await momentsOf(database, seen, relays.times)), effort };
}
