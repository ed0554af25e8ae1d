import type { Database } from './connect.ts';
import { SchemaMismatchError } from './errors.ts';
import { migrations } from './migrations/index.ts';

/** How a database's schema differs from what this release was written for. */
export interface SchemaState {
  /** Migrations of this release that the database lacks, in their order. */
  missing: string[];
  /** Migrations of the database that this release doesn't know: a later one made them. */
  unknown: string[];
}

/** Reads which migrations a database has had; one without any lacks them all. */
export async function readSchemaState(database: Database): Promise<SchemaState> {
  const known = migrations.map(({ name }) => name);
  const applied = (await database.schema.hasTable('knex_migrations'))
    ? ((await database('knex_migrations').orderBy('id').pluck('name')) as string[])
    : [];
  return {
    missing: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

/** @throws SchemaMismatchError when the schema is neither an earlier nor a later one than this release's. */
export function refuseFork({ missing, unknown }: SchemaState): void {
  if (missing.length === 0 || unknown.length === 0) return;
  throw new SchemaMismatchError(
    `The database has migrations that this release does not know (${unknown.join(', ')}) and lacks some that it needs ` +
      `(${missing.join(', ')}): they come from two lines of releases. Deploy a release that has both.`,
  );
}

/**
 * Makes sure that a server of this release can work on the database. A schema of a later release will do: what a release
 * adds, the one before it can live with.
 *
 * @param warn hears of migrations that this release doesn't know.
 * @throws SchemaMismatchError when the schema has to be migrated first.
 */
export async function assertSchemaServes(database: Database, warn: (unknown: string[]) => void): Promise<void> {
  const state = await readSchemaState(database);
  refuseFork(state);
  const { missing, unknown } = state;
  if (missing.length > 0) {
    throw new SchemaMismatchError(
      `The database lacks ${missing.length} migrations (${missing.join(', ')}). Run \`npm run migrate\` first.`,
    );
  }
  if (unknown.length > 0) warn(unknown);
}
