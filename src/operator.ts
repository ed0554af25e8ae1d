import type { Command } from 'commander';
import { type Boot, boot } from './boot.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, ConfigError } from './config.ts';
import { type Database, isDatabaseUnavailable } from './database/connect.ts';
import { migrateDatabase } from './database/migrate.ts';
import { openPools } from './database/pools.ts';
import { createBoss, createJobQueue, type JobQueue, startBoss } from './jobs/job-queue.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { type Random, systemRandom } from './random.ts';
import { formatTable, toNameValueRows } from './table.ts';

/** What an operator's command works with. */
export interface Operator {
  config: Config;
  database: Database;
  /** The way to that database past a pooler. */
  directUrl: string;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
  /** The job queue, started when it is first asked for. */
  jobs(): Promise<JobQueue>;
  /** Prints rows as a table, or as a JSON array with `--json`. */
  print(rows: object[], empty: string): void;
  /** Prints one thing as a table of one row, or as a JSON object with `--json`. */
  printOne(thing: object): void;
  /** Prints one thing of many parts as a table of names and values, or as a JSON object with `--json`. */
  printParts(thing: object): void;
  /** Prints one thing as JSON in any case. */
  printJson(value: unknown): void;
}

/** An operator's mistake, told without a stack. */
export class OperatorError extends Error {
  override name = 'OperatorError';
}

/** Adds an operator's command to its group, with the option that all of them take. */
export function addOperatorCommand(group: Command, name: string, description: string): Command {
  return group.command(name).description(description).option('--json', 'print JSON, for machines');
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
        await migrateDatabase(booted.directUrl);
        await runTask(booted, json, (operator) => task(operator, ...(args as Args)));
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

async function runTask(booted: Boot, json: boolean, task: (operator: Operator) => Promise<void>) {
  const { database, direct, close } = openPools(booted, { applicationName: 'telemy-operator', poolSize: 4 });
  const logger = createLogger({ level: 'silent' });
  const write = (text: string) => process.stdout.write(`${text}\n`);
  const printJson = (value: unknown) => write(JSON.stringify(value));
  // Only a terminal has this method, and it heeds NO_COLOR.
  const colors = process.stdout.hasColors?.() ?? false;
  let boss: ReturnType<typeof createBoss> | undefined;
  try {
    await task({
      config: booted.config,
      database,
      directUrl: booted.directUrl,
      clock: systemClock,
      random: systemRandom,
      logger,
      metrics: createMetrics(),
      async jobs() {
        boss = createBoss(direct, { supervise: false, onError: (err) => logger.error({ err }) });
        await startBoss(boss, direct);
        return createJobQueue(boss);
      },
      print(rows, empty) {
        if (json) printJson(rows);
        else write(rows.length === 0 ? empty : formatTable(rows, colors));
      },
      printOne: (thing) => (json ? printJson(thing) : write(formatTable([thing], colors))),
      printParts: (thing) => (json ? printJson(thing) : write(formatTable(toNameValueRows(thing), colors))),
      printJson,
    });
  } finally {
    await boss?.stop({ graceful: false, close: false });
    await close();
  }
}
