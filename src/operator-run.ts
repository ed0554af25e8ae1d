import type { PgBoss } from 'pg-boss';
import { type Boot, boot } from './boot.ts';
import { systemClock } from './clock.ts';
import { ConfigError } from './config.ts';
import { isDatabaseUnavailable } from './database/errors.ts';
import { migrateDatabase } from './database/migrate.ts';
import { openPools } from './database/pools.ts';
import { createLogger } from './observability/logger.ts';
import { type Operator, OperatorError } from './operator.ts';
import { systemRandom } from './random.ts';
import { formatTable, toNameValueRows } from './table.ts';

/**
 * Runs an operator's task on the database that the configuration names, and closes everything. What the operator can
 * mend is told, and makes the process end with 1.
 *
 * @param json whether the task prints JSON instead of tables.
 * @throws whatever is a fault of ours.
 */
export async function runAsOperator(json: boolean, task: (operator: Operator) => Promise<void>): Promise<void> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  try {
    const booted = await boot(process.env, say);
    try {
      await migrateDatabase(booted.directUrl);
      await runTask(booted, json, task);
    } finally {
      await booted.release();
    }
  } catch (error) {
    const message = explain(error);
    if (message === undefined) throw error;
    say(message);
    process.exitCode = 1;
  }
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
  let boss: PgBoss | undefined;
  try {
    await task({
      config: booted.config,
      database,
      clock: systemClock,
      random: systemRandom,
      logger,
      async jobs() {
        const { createBoss, createJobQueue, startBoss } = await import('./jobs/job-queue.ts');
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
