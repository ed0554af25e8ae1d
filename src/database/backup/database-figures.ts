import type pg from 'pg';
import type { DatabaseFigures } from './manifest.ts';

/** Counts every table and sums the ledger, in the transaction that the client is in. */
export async function readFigures(client: pg.Client): Promise<DatabaseFigures> {
  const tables: Record<string, number> = {};
  for (const { schema, name } of await listTables(client)) {
    const from = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${from}`);
    tables[`${schema}.${name}`] = Number(rows[0]?.count);
  }
  const { rows } = await client.query<DatabaseFigures['ledger']>(
    `select
       (select coalesce(sum(extract(epoch from ended_at - started_at)), 0)::bigint::text from public.usage_intervals) as interval_seconds,
       (select coalesce(sum(seconds), 0)::text from public.usage_adjustments) as adjustment_seconds`,
  );
  return { tables, ledger: rows[0] as DatabaseFigures['ledger'] };
}

/** Every table that holds rows of its own, by schema and name. */
export async function listTables(client: pg.Client): Promise<{ schema: string; name: string }[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
     order by 1, 2`,
  );
  return rows;
}
