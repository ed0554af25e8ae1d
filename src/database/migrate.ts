import type { Knex } from 'knex';
import { connectDatabase, type Database } from './connect.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';

/** Any number; the same in every process that migrates. */
const ADVISORY_LOCK = 7_340_127;

/**
 * Brings the schema up to date and returns the names of the migrations that were applied, in order.
 *
 * Processes that start together take turns: the first migrates, the others find nothing to do.
 *
 * @param url leads to PostgreSQL itself: a pooler in transaction mode would lose the lock of the session.
 */
export async function migrateDatabase(url: string): Promise<string[]> {
  // Another one's migrations, which the lock waits for, and our own may take as long as they need.
  const database = connectDatabase({ url, poolSize: 2, applicationName: 'telemy-migrate', queryTimeoutMs: 0 });
  try {
    return await underLock(database, async () => {
      // Left locked by a migration that was killed; the advisory lock says that nobody else is at it now.
      if (await database.schema.hasTable('knex_migrations_lock'))
        await database.migrate.forceFreeMigrationsLock(source);
      const [, applied] = (await database.migrate.latest(source)) as [number, string[]];
      return applied;
    });
  } finally {
    await database.destroy();
  }
}

/** Names of the migrations that the database still lacks. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const [, pending] = (await database.migrate.list(source)) as [unknown, { name: string }[]];
  return pending.map((migration) => migration.name);
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

const source: Knex.MigratorConfig = {
  migrationSource: {
    getMigrations: async () => [...migrations],
    getMigrationName: (migration: Migration) => migration.name,
    getMigration: async (migration: Migration) => migration,
  },
};
