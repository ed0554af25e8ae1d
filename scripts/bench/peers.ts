import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import ora from 'ora';
import { systemClock } from '../../src/clock.ts';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { endOnSignals } from '../../test/support/signals.ts';
import { TEST_SECRETS } from '../../test/support/test-app.ts';
import { toBars } from './peers/bars.ts';
import { CANDIDATES, type Candidate, MORE_CANDIDATES, startCandidate } from './peers/candidates.ts';
import { openBenchCluster } from './peers/database.ts';
import { toFigures } from './peers/figures.ts';
import { OPERATIONS } from './peers/operations.ts';
import { printProfile, profileOurs } from './peers/profile.ts';
import { formatPeers } from './peers/report.ts';
import { fillRows, signInUsers } from './peers/rows.ts';
import { runPeers } from './peers/run.ts';
import { machine } from './report.ts';

export interface PeersOptions {
  seconds: number;
  rounds: number;
  connections: number[];
  users: number;
  /** Candidates and operations; of each kind that isn't named, all. */
  only: string[];
  /** Folder of a profile of ours, which is taken in place of figures. */
  profile?: string;
  json?: boolean;
  markdown?: boolean;
  /** A migrated, empty database to use in place of one made for the bench. */
  databaseUrl?: string;
}

/** What `--only` understands. */
export const ONLY = [...CANDIDATES, ...MORE_CANDIDATES, ...OPERATIONS.map(({ name }) => name)] as readonly string[];

/** Measures the service beside what one would write by hand, and beside itself without its contract. */
export async function benchPeers(options: PeersOptions): Promise<void> {
  const { seconds, rounds, connections, users, json = false, markdown = false } = options;
  const spinner = ora({ text: 'Starting PostgreSQL', isSilent: json }).start();
  const loadBefore = loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
  const place = await openPlace(options.databaseUrl);
  endOnSignals(place.close);
  const database = connectDatabase({ url: place.url, applicationName: 'telemy-bench', poolSize: 1, queryTimeoutMs: 0 });
  const candidates: Candidate[] = [];
  try {
    spinner.text = `Filling in ${users} users`;
    await fillRows(database, users, systemClock.now());
    const env = { ...TEST_SECRETS, DATABASE_URL: place.url, DATA_DIR: place.dataDir };
    const secrets = { jwt: TEST_SECRETS.JWT_SECRET, relay: TEST_SECRETS.RELAY_SHARED_KEY };
    const operations = chosen(OPERATIONS, [], options.only, ({ name }) => name);
    if (options.profile !== undefined) {
      spinner.text = 'Taking samples of ours';
      const load = {
        users: await signInUsers(users, secrets.jwt, systemClock),
        relayKey: secrets.relay,
        connections: Math.min(users, connections[0] as number),
      };
      const file = await profileOurs({ folder: options.profile, operations, load, seconds, env });
      spinner.succeed(`${users} users have asked for ${operations.map(({ name }) => name).join(', ')}`);
      await printProfile(file);
      return;
    }
    for (const name of chosen(CANDIDATES, MORE_CANDIDATES, options.only, (one) => one)) {
      spinner.text = `Starting ${name}`;
      candidates.push(await startCandidate(name, { env }));
    }
    const onStep = (text: string) => {
      spinner.text = text;
    };
    const plan = { candidates, operations, connections, rounds, seconds, users, secrets, onStep };
    const runs = await runPeers(database, plan);
    const figures = toFigures(runs);
    spinner.succeed(`${runs.length} runs of ${seconds} s on ${users} users`);
    const about = { ...machine(), postgresql: await versionOf(database), load_before: loadBefore, users, rounds };
    const form = json ? 'json' : markdown ? 'markdown' : 'table';
    console.log(formatPeers({ figures, bars: toBars(runs, figures), machine: about, form }));
  } finally {
    spinner.stop();
    await Promise.all(candidates.map((candidate) => candidate.process.stop()));
    await database.destroy();
    await place.close();
  }
}

/** The named ones of a kind; where none of that kind is named, the usual ones. */
function chosen<T, M>(
  usual: readonly T[],
  more: readonly M[],
  names: readonly string[],
  nameOf: (one: T | M) => string,
): (T | M)[] {
  const named = [...usual, ...more].filter((one) => names.includes(nameOf(one)));
  return named.length === 0 ? [...usual] : named;
}

async function openPlace(databaseUrl: string | undefined) {
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-bench-'));
  const cluster = databaseUrl === undefined ? await openBenchCluster(dataDir) : undefined;
  const url = cluster?.url ?? (databaseUrl as string);
  if (cluster) await migrateDatabase(url);
  const close = async () => {
    await stopRelayHost(join(dataDir, 'relays'));
    await cluster?.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url, dataDir, close };
}

async function versionOf(database: Database): Promise<string> {
  const { rows } = await database.raw('show server_version');
  return rows[0].server_version;
}
