import { connectDatabase, type Database } from '../../database/connect.ts';
import type { SourceValues } from '../../database/import/read-row.ts';
import type { ImportReport } from '../../database/import/report.ts';
import { LEGACY_TABLES, type LegacyTable, NOT_EXPECTED } from './tables.ts';

/** Reads the Go service's database. */
export interface LegacySource {
  /** Columns that a table has, of those that are known; empty: there is no such table. */
  columnsOf(table: LegacyTable): readonly string[];
  /** Rows in the order of their keys. */
  rows(table: LegacyTable, where: string, bindings: Record<string, unknown>): Promise<SourceValues[]>;
  count(sql: string): Promise<number>;
  texts(sql: string): Promise<string[]>;
  close(): Promise<void>;
}

/** The source is not one. */
export class SourceError extends Error {
  override name = 'SourceError';
}

/**
 * Opens a database that a dump of the Go service was restored to.
 *
 * @throws SourceError with what to do.
 */
export async function openLegacySource(url: string, report: ImportReport): Promise<LegacySource> {
  const db = connectDatabase({ url, applicationName: 'telemy-import', poolSize: 1, queryTimeoutMs: 0 });
  try {
    return await inspect(db, report);
  } catch (error) {
    await db.destroy();
    if (error instanceof SourceError) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    throw new SourceError(`The database to import from cannot be read (${message || code}). Is the URL right?`);
  }
}

async function inspect(db: Database, report: ImportReport): Promise<LegacySource> {
  const { rows } = await db.raw<{ rows: { table_name: string; column_name: string }[] }>(
    'select table_name, column_name from information_schema.columns where table_schema = current_schema() order by 1, 2',
  );
  const found = Map.groupBy(rows, (row) => row.table_name);
  if (found.has('knex_migrations'))
    throw new SourceError("That is this service's own database. Name the Go service's.");
  if (!found.has('users')) {
    throw new SourceError(
      'There is no table users. Restore the dump there first: pg_restore --no-owner --role=ROLE --dbname=URL FILE',
    );
  }
  const columns = new Map<LegacyTable, string[]>();
  for (const table of Object.keys(LEGACY_TABLES) as LegacyTable[]) {
    const known: readonly string[] = LEGACY_TABLES[table].columns;
    const present = (found.get(table) ?? []).map((row) => row.column_name);
    columns.set(
      table,
      known.filter((column) => present.includes(column)),
    );
    const noted = report.table(table);
    noted.unknownColumns = present.filter((column) => !known.includes(column));
    const lacked = known.filter((column) => !present.includes(column) && !NOT_EXPECTED.includes(column));
    noted.lackedColumns = present.length === 0 ? null : lacked;
  }
  const columnsOf = (table: LegacyTable) => columns.get(table) ?? [];
  return {
    columnsOf,
    async rows(table, where, bindings) {
      const names = columnsOf(table);
      if (names.length === 0) return [];
      const list = names.map((name) => `t."${name}"`).join(', ');
      const sql = `select ${list} from ${table} t where ${where} order by t.${LEGACY_TABLES[table].key}`;
      return (await db.raw<{ rows: SourceValues[] }>(sql, bindings as never)).rows;
    },
    count: async (sql) => Number((await db.raw<{ rows: { count: string }[] }>(sql)).rows[0]?.count),
    texts: async (sql) => (await db.raw<{ rows: { text: string }[] }>(sql)).rows.map(({ text }) => text),
    close: () => db.destroy(),
  };
}
