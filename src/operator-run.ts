import type { PgBoss } from 'pg-boss';
import { type Boot, boot } from './boot.ts';
import { systemClock } from './clock.ts';
import { migrateDatabase } from './database/migrate.ts';
import { openPools } from './database/pools.ts';
import { createLogger } from './observability/logger.ts';
import type { Operator, Printer } from './operator.ts';
import { systemRandom } from './random.ts';

/** Runs an operator's task on the database that the configuration names, and closes everything. */
export async function runAsOperator(printer: Printer, task: (operator: Operator) => Promise<void>): Promise<void> {
  const booted = await boot(process.env, (text) => process.stderr.write(`${text}\n`));
  try {
    await migrateDatabase(booted.directUrl);
    await runTask(booted, printer, task);
  } finally {
    await booted.release();
  }
}

async function runTask(booted: Boot, printer: Printer, task: (operator: Operator) => Promise<void>) {
  const { database, direct, close } = openPools(booted, { applicationName: 'telemy-operator', poolSize: 4 });
  const logger = createLogger({ level: 'silent' });
  let boss: PgBoss | undefined;
  try {
    await task({
      ...printer,
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
    });
  } finally {
    await boss?.stop({ graceful: false, close: false });
    await close();
  }
}
