import type { Database } from '../../../src/database/connect.ts';

/** What a table holds, with its indexes and what is stored aside. */
export interface Stored {
  table: string;
  rows: number;
  bytes: number;
}

/** The tables that hold more than a few rows, largest first; rows are PostgreSQL's estimate. */
export async function readStored(database: Database): Promise<Stored[]> {
  const { rows } = await database.raw<{ rows: { table: string; rows: number; bytes: string }[] }>(`
    select relname as table, greatest(reltuples, 0)::float8 as rows, pg_total_relation_size(oid) as bytes
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples > 100
    order by pg_total_relation_size(oid) desc`);
  return rows.map(({ table, rows: count, bytes }) => ({ table, rows: count, bytes: Number(bytes) }));
}
