import Table from 'cli-table3';
import type { Command } from 'commander';
import { boot } from './boot.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, ConfigError } from './config.ts';
import { connectDatabase, type Database, isDatabaseUnavailable } from './database/connect.ts';
import { migrateDatabase } from './database/migrate.ts';
import { createBoss, createJobQueue, type JobQueue, startBoss } from './jobs/job-queue.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { type Random, systemRandom } from './random.ts';

/** What an operator's command works with. */
export interface Operator {
  config: Config;
  database: Database;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
  /** The job queue, started when it is first asked for. */
  jobs(): Promise<JobQueue>;
  /** Prints rows as a table, or as JSON with `--json`. */
  print(rows: object[], empty: string): void;
  /** Prints one thing as JSON in any case. */
  printJson(value: unknown): void;
}

/** An operator's mistake, told without a stack. */
export class OperatorError extends Error {
  override name = 'OperatorError';
}

/**
 * Makes a commander action of an operator's task: opens the database that the configuration names (the running server's,
 * if it is the embedded one), runs the task, and closes everything.
 */
export function asOperator<Args extends unknown[]>(task: (operator: Operator, ...args: Args) => Promise<void>) {
  return async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command;
    const json = command.optsWithGlobals().json === true;
    const say = (text: string) => process.stderr.write(`${text}\n`);
    try {
      const booted = await boot(process.env, say);
      try {
        await migrateDatabase(booted.databaseUrl);
        await runTask(booted.config, booted.databaseUrl, json, (operator) => task(operator, ...(args as Args)));
      } finally {
        await booted.release();
      }
    } catch (error) {
      const message = explain(error);
      if (message === undefined) throw error;
      say(message);
      process.exitCode = 1;
    }
  };
}

/** What to tell the operator; undefined for a fault of ours, which needs its stack. */
function explain(error: unknown): string | undefined {
  if (error instanceof OperatorError || error instanceof ConfigError) return error.message;
  if (!isDatabaseUnavailable(error)) return undefined;
  const { message, code } = error as NodeJS.ErrnoException;
  return `The database cannot be reached (${message || code}). Is DATABASE_URL right?`;
}

async function runTask(config: Config, url: string, json: boolean, task: (operator: Operator) => Promise<void>) {
  const database = connectDatabase({ url, applicationName: 'telemy-operator', poolSize: 4 });
  const logger = createLogger({ level: 'silent' });
  let boss: ReturnType<typeof createBoss> | undefined;
  try {
    await task({
      config,
      database,
      clock: systemClock,
      random: systemRandom,
      logger,
      metrics: createMetrics(),
      async jobs() {
        boss = createBoss(database, { supervise: false, onError: (err) => logger.error({ err }) });
        await startBoss(boss, database);
        return createJobQueue(boss);
      },
      print: (rows, empty) => process.stdout.write(`${json ? JSON.stringify(rows) : formatTable(rows, empty)}\n`),
      printJson: (value) => process.stdout.write(`${JSON.stringify(value)}\n`),
    });
  } finally {
    await boss?.stop({ graceful: false, close: false });
    await database.destroy();
  }
}

function formatTable(rows: object[], empty: string): string {
  const [first] = rows;
  if (!first) return empty;
  const table = new Table({ head: Object.keys(first), style: { head: ['bold'], border: ['grey'] } });
  for (const row of rows) table.push(Object.values(row).map((value) => (value === null ? '' : formatCell(value))));
  return table.toString();
}

function formatCell(value: unknown): string {
  return value instanceof Date ? value.toISOString().replace('T', ' ').slice(0, 19) : String(value);
}
