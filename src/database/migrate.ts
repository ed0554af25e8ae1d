import { setTimeout } from 'node:timers/promises';
import type { Knex } from 'knex';
import { connectDatabase, type Database } from './connect.ts';
import { isLockUnavailable, SchemaMismatchError } from './errors.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { readSchemaState, refuseFork } from './schema-state.ts';

/** Any number; the same in every process that migrates. */
const ADVISORY_LOCK = 7_340_127;

/** How migrations behave beside servers that are at work. */
export interface MigratePace {
  /** Longest wait for a table's lock, in milliseconds: whoever asks for the table meanwhile waits as long. Default 3000. */
  lockLimitMs?: number;
  /** How often to try before giving up. Default 20. */
  tries?: number;
  /** Between two tries, in milliseconds. Default 1000. */
  restMs?: number;
}

/**
 * Brings the schema up to date and returns the names of the migrations that were applied, in order. A schema of a later
 * release is left as it is.
 *
 * Processes that start together take turns: the first migrates, the others find nothing to do.
 *
 * @param url leads to PostgreSQL itself: a pooler in transaction mode would lose the lock of the session.
 * @throws SchemaMismatchError when the schema comes from another line of releases, or its tables stay locked by others.
 */
export async function migrateDatabase(url: string, pace: MigratePace = {}): Promise<string[]> {
  // Another one's migrations, which the lock waits for, and our own may take as long as they need.
  const database = connectDatabase({ url, poolSize: 2, applicationName: 'telemy-migrate', queryTimeoutMs: 0 });
  try {
    return await underLock(database, () => applyMissing(database, pace));
  } finally {
    await database.destroy();
  }
}

async function applyMissing(database: Database, pace: MigratePace): Promise<string[]> {
  const { lockLimitMs = 3_000, tries = 20, restMs = 1_000 } = pace;
  const state = await readSchemaState(database);
  refuseFork(state);
  if (state.missing.length === 0) return [];
  const source = sourceOf(lockLimitMs);
  for (let left = tries; ; left -= 1) {
    // Left locked by a migration that was killed; the advisory lock says that nobody else is at it now.
    if (await database.schema.hasTable('knex_migrations_lock')) await database.migrate.forceFreeMigrationsLock(source);
    try {
      const [, applied] = (await database.migrate.latest(source)) as [number, string[]];
      return applied;
    } catch (error) {
      if (!isLockUnavailable(error)) throw error;
      if (left <= 1) throw blocked(state.missing, tries, error);
      await setTimeout(restMs);
    }
  }
}

function blocked(missing: readonly string[], tries: number, cause: unknown): SchemaMismatchError {
  return new SchemaMismatchError(
    `${missing.join(', ')} could not lock a table in ${tries} tries: something holds it all along. Nothing was changed. ` +
      'Find it by `select pid, query, xact_start from pg_stat_activity order by xact_start`, end it, and migrate again.',
    { cause },
  );
}

async function underLock<T>(database: Database, work: () => Promise<T>): Promise<T> {
  const holder = await database.client.acquireConnection();
  try {
    await database.raw('select pg_advisory_lock(?)', [ADVISORY_LOCK]).connection(holder);
    return await work();
  } finally {
    await database.raw('select pg_advisory_unlock(?)', [ADVISORY_LOCK]).connection(holder);
    await database.client.releaseConnection(holder);
  }
}

function sourceOf(lockLimitMs: number): Knex.MigratorConfig {
  return {
    migrationSource: {
      getMigrations: async () => [...migrations],
      getMigrationName: (migration: Migration) => migration.name,
      getMigration: async ({ name, up, down }: Migration): Promise<Migration> => ({
        name,
        down,
        async up(trx) {
          await trx.raw(`set local lock_timeout = ${lockLimitMs}`);
          await up(trx);
        },
      }),
    },
  };
}
