import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import ora from 'ora';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { exitWithin, startServerProcess } from '../../test/support/process.ts';
import { machine, printFigures } from './report.ts';

export interface CapacityBenchOptions {
  seconds: number;
  connections: number;
  rounds: number;
  json?: boolean;
}

/** Candidates: the operation, and what the same server makes of an answer that never changes. */
const PATHS = ['/api/v1/capacity/status', '/healthz'] as const;
const REGIONS = ['us-east-1', 'eu-west-1'];

/** Asks a real process for the capacity, and counts how often it asked the database. */
export async function benchCapacity(options: CapacityBenchOptions): Promise<void> {
  const { seconds, connections, rounds, json = false } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-bench-'));
  const spinner = ora({ text: 'Starting PostgreSQL', isSilent: json }).start();
  const cluster = await openEmbeddedDatabase({ dataDir });
  const database = connectDatabase({ url: cluster.url, applicationName: 'telemy-bench', poolSize: 1 });
  const figures: Record<string, unknown>[] = [];
  try {
    await migrateDatabase(cluster.url);
    for (let round = 1; round <= rounds; round += 1) {
      for (const path of PATHS) {
        spinner.text = `${path}, round ${round} of ${rounds}`;
        const run = { databaseUrl: cluster.url, dataDir, path, seconds, connections };
        const before = await countQueries(database);
        const measured = await measure(run);
        figures.push({ path, round, ...measured, queries: (await countQueries(database)) - before });
      }
    }
    spinner.succeed(`${rounds} rounds of ${seconds} s each, ${connections} connections`);
  } finally {
    spinner.stop();
    await database.destroy();
    await stopRelayHost(join(dataDir, 'relays'));
    await cluster.release();
    await rm(dataDir, { recursive: true, force: true });
  }
  printFigures({ figures, machine: machine(), json });
}

interface Run {
  databaseUrl: string;
  dataDir: string;
  path: string;
  seconds: number;
  connections: number;
}

async function measure({ databaseUrl, dataDir, path, seconds, connections }: Run) {
  const env = { SUPPORTED_REGIONS: REGIONS.join(',') };
  const server = await startServerProcess('api', { databaseUrl, dataDir, deployment: 'bench', env });
  try {
    const { latency, ...result } = await autocannon({ url: `${server.url}${path}`, connections, duration: seconds });
    return {
      per_second: Math.round(result['2xx'] / result.duration),
      p50_ms: latency.p50,
      p99_ms: latency.p99,
      other_answers: result.non2xx + result.errors + result.timeouts,
    };
  } finally {
    server.kill('SIGTERM');
    await exitWithin(server, 20_000);
  }
}

/** How often launches were looked up so far: the query scans this index once for each region. Exact once servers have ended. */
async function countQueries(database: Database): Promise<number> {
  const row = await database('pg_stat_user_indexes')
    .where({ indexrelname: 'relay_sessions_launching_idx' })
    .first<{ idx_scan: string }>('idx_scan');
  return Number(row.idx_scan) / REGIONS.length;
}
