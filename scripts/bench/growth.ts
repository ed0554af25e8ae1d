import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ora, { type Ora } from 'ora';
import { withScratchCluster } from '../../src/database/backup/scratch-cluster.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { emptyTables, fillTables, type Size } from '../../test/support/growth/fill-tables.ts';
import { drawChart } from './growth/chart.ts';
import { type CleanupPace, measureCleanup } from './growth/cleanup-pace.ts';
import { type HeartbeatCost, measureHeartbeats } from './growth/heartbeats.ts';
import { connectTimed, measureQueries, type TimedDatabase } from './growth/measure.ts';
import { describeSize, nameOf, printGrowth, type Step } from './growth/report.ts';
import { readStored } from './growth/stored.ts';

export interface GrowthOptions {
  /** Of the smallest size. */
  users: number;
  /** Sizes, each ten times the one before. */
  steps: number;
  streams: number;
  runs: number;
  /** False: none. */
  heartbeats: number | false;
  folder: string;
  json?: boolean;
  markdown?: boolean;
}

/** A server for one service has a quarter of its memory for this; the default is for a small machine of old. */
const SETTINGS = { shared_buffers: '1GB', max_wal_size: '4GB', synchronous_commit: 'off' };
const OLDEST = 15;

/** Fills a throw-away PostgreSQL to each size in turn, times the hot queries, and looks at heartbeats and the cleanup. */
export async function benchGrowth(options: GrowthOptions): Promise<void> {
  const { json = false, markdown = false, folder } = options;
  const spinner = ora({ text: 'Starting PostgreSQL', isSilent: json }).start();
  const say = (text: string) => {
    spinner.text = text;
  };
  const report = await withScratchCluster({ atLeast: OLDEST, settings: SETTINGS, say }, async (url) => {
    await migrateDatabase(url);
    const timed = connectTimed(url);
    try {
      return await measure(url, timed, options, spinner);
    } finally {
      await timed.database.destroy();
    }
  }).finally(() => spinner.stop());
  await mkdir(folder, { recursive: true });
  const chartFile = join(folder, 'growth.svg');
  await writeFile(chartFile, toChart(report.steps));
  printGrowth({ ...report, chartFile, json, markdown });
}

interface Figures {
  steps: Step[];
  heartbeats: HeartbeatCost[];
  cleanup: CleanupPace[];
}

async function measure(url: string, timed: TimedDatabase, options: GrowthOptions, spinner: Ora): Promise<Figures> {
  const { streams, runs } = options;
  const sizes = Array.from({ length: options.steps }, (_, step) => ({ users: options.users * 10 ** step, streams }));
  const steps: Step[] = [];
  for (const size of sizes) {
    await fill(timed, size, spinner);
    spinner.text = `${nameOf(size)}: ${runs} runs of each query`;
    const timings = await measureQueries(timed, size, runs);
    steps.push({ users: size.users, timings, stored: await readStored(timed.database) });
    spinner.stopAndPersist({ symbol: '✔', text: describeSize(size.users) }).start();
  }
  const [smallest, largest] = [sizes[0] as Size, sizes.at(-1) as Size];
  spinner.text = 'Cleanup of what twenty days brought';
  const cleanup = await measureCleanup(url, largest, streams);
  const heartbeats =
    options.heartbeats === false
      ? []
      : await measureHeartbeats(timed, smallest, options.heartbeats, (layout) => {
          spinner.text = `${options.heartbeats} heartbeats, ${layout}`;
        });
  return { steps, heartbeats, cleanup };
}

async function fill({ database }: TimedDatabase, size: Size, spinner: Ora): Promise<void> {
  await emptyTables(database);
  const started = performance.now();
  await fillTables(database, size, new Date(), (share) => {
    const left = Math.ceil(((performance.now() - started) / 1_000) * (1 / share - 1));
    spinner.text = `${nameOf(size)}: ${Math.floor(share * 100)} % filled in, ${left} s to go`;
  });
}

function toChart(steps: Step[]): string {
  const names = steps[0]?.timings.map(({ query }) => query) ?? [];
  const lines = names.map((name) => ({
    name,
    values: steps.map(({ timings }) => timings.find(({ query }) => query === name)?.median ?? 0),
  }));
  return drawChart('Median time of the hot queries', 'ms', steps.map(nameOf), lines);
}
