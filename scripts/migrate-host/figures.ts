import type pg from 'pg';
import { listTables, readFigures } from '../../src/database/backup/database-figures.ts';
import { type DatabaseFigures, differencesFrom } from '../../src/database/backup/manifest.ts';

/** Everything that is compared between two databases. */
export interface MoveFigures extends DatabaseFigures {
  /** MD5 over the rows of each table, in the order of its primary key. */
  checksums: Record<string, string>;
  /** Where each sequence stands; `none` before its first value. */
  sequences: Record<string, string>;
}

/** The move itself writes there: the fleet is paused on the new host. */
export const OWN_TABLE = 'public.fleet_control';
/** Rows whose sums are put together first, so that no text grows beyond PostgreSQL's limit of 1 GB. */
const BLOCK = 100_000;

/** Reads the figures in the transaction that the client is in. */
export async function readMoveFigures(client: pg.Client): Promise<MoveFigures> {
  const { tables, ledger } = await readFigures(client);
  const checksums: Record<string, string> = {};
  await useOneForm(client);
  for (const { schema, name } of await listTables(client)) {
    const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
    const key = await keyOf(client, table);
    const { rows } = await client.query(
      `select md5(coalesce(string_agg(sum, '' order by block), '')) as sum from (
         select block, md5(string_agg(row_sum, '' order by place)) as sum from (
           select md5(t::text) as row_sum, row_number() over w as place, (row_number() over w - 1) / ${BLOCK} as block
           from ${table} t window w as (order by ${key})) as each_row
         group by block) as each_block`,
    );
    checksums[`${schema}.${name}`] = rows[0].sum;
  }
  const { rows } = await client.query(
    `select schemaname || '.' || sequencename as name, coalesce(last_value::text, 'none') as value
     from pg_sequences order by 1`,
  );
  const sequences = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  delete tables[OWN_TABLE];
  delete checksums[OWN_TABLE];
  return { tables, ledger, checksums, sequences };
}

/** Values as text don't depend on settings of the server. */
export async function useOneForm(client: pg.Client): Promise<void> {
  await client.query(
    `set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set bytea_output = 'hex';
     set extra_float_digits = 1`,
  );
}

/** The primary key as text in byte order, whatever the collation; without one the whole row. `t` is the table. */
export async function keyOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query(
    `select a.attname as name from pg_index i, unnest(i.indkey) with ordinality as k (number, place), pg_attribute a
     where i.indrelid = $1::regclass and i.indisprimary and a.attrelid = i.indrelid and a.attnum = k.number
     order by k.place`,
    [table],
  );
  const columns = rows.map(({ name }) => `t.${client.escapeIdentifier(name)}`);
  return (columns.length === 0 ? ['t'] : columns).map((one) => `(${one})::text collate "C"`).join(', ');
}

/** Everything in which they differ, a line each. */
export function moveDifferences(expected: MoveFigures, found: MoveFigures): string[] {
  const lines = differencesFrom(expected, found);
  for (const [table, sum] of Object.entries(expected.checksums)) {
    // Tables of other sizes are told above.
    const isSameSize = expected.tables[table] === found.tables[table];
    if (isSameSize && found.checksums[table] !== sum) lines.push(`${table}: rows with other values`);
  }
  for (const name of new Set([...Object.keys(expected.sequences), ...Object.keys(found.sequences)])) {
    const [should = 'missing', is = 'missing'] = [expected.sequences[name], found.sequences[name]];
    if (should !== is) lines.push(`sequence ${name}: ${is} instead of ${should}`);
  }
  return lines;
}
