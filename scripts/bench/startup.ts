import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import ora from 'ora';
import { connectDatabase } from '../../src/database/connect.ts';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { exitWithin, type ServerProcess, type ServerRole, startServerProcess } from '../../test/support/process.ts';
import { sampleProcess } from '../soak/sample.ts';
import { readInstallSizes } from './install-size.ts';
import { addDevice } from './one-postgres/streams.ts';
import { machine, printFigures, toMarkdown } from './report.ts';

export interface StartupOptions {
  /** How often each start is measured. */
  rounds: number;
  /** Seconds until a process counts as at rest. */
  rest: number;
  json?: boolean;
  markdown?: boolean;
}

/** One thing that was measured. */
interface Figure {
  what: string;
  value: string;
  bar: string;
}

const REQUESTS = 10_000;
const CONNECTIONS = 16;
const MIB = 2 ** 20;
const HEAVIEST = 8;
/** What `npm start` gives to Node. */
const NODE_OPTIONS = '--max-semi-space-size=8';
const NO_BAR = '';

/** Measures how long the service takes to come up, and what it weighs in memory and on the disk. */
export async function benchStartup(options: StartupOptions): Promise<void> {
  const { json = false, markdown = false } = options;
  const spinner = ora({ isSilent: json || markdown }).start();
  const say = (text: string) => {
    spinner.text = text;
  };
  const figures: Figure[] = [];
  try {
    figures.push(...(await measureStarts(options.rounds, say)));
    figures.push(...(await measureMemory(options.rest, say)));
    say('Sizes of packages');
    figures.push(...(await measureInstall()));
    spinner.succeed('Measured');
  } finally {
    spinner.stop();
  }
  if (markdown) console.log(toMarkdown(figures));
  else printFigures({ figures, machine: machine(), json });
}

/** `npm start` in a new data folder, then in the same again. */
async function measureStarts(rounds: number, say: (text: string) => void): Promise<Figure[]> {
  const firsts: number[] = [];
  const laters: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const dataDir = await mkdtemp(join(tmpdir(), 'telemy-bench-'));
    try {
      for (const times of [firsts, laters]) {
        say(`npm start, round ${round} of ${rounds}, ${times === firsts ? 'first run' : 'existing data'}`);
        times.push(await timeStart(dataDir));
      }
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  }
  return [
    { what: 'npm start to the first healthy answer, first run', value: inSeconds(firsts), bar: '8 s' },
    { what: 'the same on existing data', value: inSeconds(laters), bar: '3 s' },
  ];
}

/** Milliseconds. */
async function timeStart(dataDir: string): Promise<number> {
  const started = performance.now();
  // As a user has it: no DATABASE_URL, everything in one process, and the stand-ins of development.
  const env = { NODE_ENV: 'development', DATABASE_URL: '', LOG_LEVEL: 'error' };
  const server = await startServerProcess('all', { databaseUrl: '', dataDir, deployment: 'bench', byNpm: true, env });
  const { status } = await fetch(`${server.url}/healthz`);
  const took = performance.now() - started;
  await end(server);
  if (status !== 200) throw new Error(`/healthz answered ${status}.`);
  return took;
}

async function measureMemory(rest: number, say: (text: string) => void): Promise<Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-bench-'));
  const cluster = await openEmbeddedDatabase({ dataDir });
  const database = connectDatabase({ url: cluster.url, applicationName: 'telemy-bench', poolSize: 1 });
  const start = (role: ServerRole) =>
    startServerProcess(role, { databaseUrl: cluster.url, dataDir, deployment: 'bench', env: { NODE_OPTIONS } });
  const figures: Figure[] = [];
  try {
    await migrateDatabase(cluster.url);
    const { token } = await addDevice(database);
    for (const role of ['worker', 'all', 'api'] as const) {
      const server = await start(role);
      say(`${nameOf(role)} rests for ${rest} s`);
      await sleep(rest * 1000);
      const bar = role === 'api' ? '150 MiB' : NO_BAR;
      figures.push({ what: `${nameOf(role)} at rest after ${rest} s, RSS`, value: await readRss(server), bar });
      if (role === 'api') {
        say(`${REQUESTS} requests`);
        await load(server, token);
        figures.push({ what: `the same after ${REQUESTS} requests`, value: await readRss(server), bar: NO_BAR });
        await sleep(rest * 1000);
        figures.push({ what: `and at rest ${rest} s later`, value: await readRss(server), bar: NO_BAR });
      }
      await end(server);
    }
    return figures;
  } finally {
    await database.destroy();
    await stopRelayHost(join(dataDir, 'relays'));
    await cluster.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function load({ url }: ServerProcess, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const requests = ['/api/v1/auth/session', '/api/v1/relay/active'].map((path) => ({ path, headers }));
  const { non2xx, errors } = await autocannon({ url, connections: CONNECTIONS, amount: REQUESTS, requests });
  if (non2xx + errors > 0) throw new Error(`${non2xx + errors} of the requests weren't answered well.`);
}

async function measureInstall(): Promise<Figure[]> {
  const sizes = await readInstallSizes();
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    { what: `node_modules of production, ${sizes.length} packages`, value: inMib(total), bar: NO_BAR },
    ...sizes.slice(0, HEAVIEST).map(({ name, bytes }) => ({ what: `of it ${name}`, value: inMib(bytes), bar: NO_BAR })),
  ];
}

async function readRss({ adminUrl, pid }: ServerProcess): Promise<string> {
  const sample = await sampleProcess(adminUrl);
  if (!sample) throw new Error(`Process ${pid} doesn't tell its metrics.`);
  return `${sample.rss.toFixed(0)} MiB`;
}

async function end(server: ServerProcess): Promise<void> {
  server.kill('SIGTERM');
  await exitWithin(server, 30_000);
}

function nameOf(role: ServerRole): string {
  if (role === 'all') return 'API and worker in one process';
  return role === 'api' ? 'API alone' : 'worker alone';
}

function inSeconds(times: number[]): string {
  const [least = 0] = times.toSorted((a, b) => a - b);
  const most = Math.max(...times);
  return `${(least / 1000).toFixed(1)} to ${(most / 1000).toFixed(1)} s`;
}

const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
