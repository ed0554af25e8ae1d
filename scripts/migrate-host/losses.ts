import type pg from 'pg';
import { withClient } from './database.ts';
import { keyOf, readMoveFigures, useOneForm } from './figures.ts';

/** Rows of a table that the new host has and the old one hasn't, changed, or lacks. */
export interface Loss {
  table: string;
  added: number;
  changed: number;
  removed: number;
}

/** What a server writes by itself, whether or not anyone uses it. */
const BOOKKEEPING = [/^jobs\./, /^public\.(alive_marks|outages|relay_manifests|knex_migrations(_lock)?)$/];
const BATCH = 5_000;

export const isBookkeeping = (table: string): boolean => BOOKKEEPING.some((pattern) => pattern.test(table));

/** Compares the databases row by row where their checksums differ, a few thousand rows in memory at a time. */
export function countLosses(oldUrl: string, newUrl: string): Promise<Loss[]> {
  return withClient(oldUrl, (before) =>
    withClient(newUrl, async (after) => {
      const [was, is] = [await figuresIn(before), await figuresIn(after)];
      const tables = Object.keys({ ...was.checksums, ...is.checksums }).sort();
      const losses: Loss[] = [];
      for (const table of tables) {
        if (isBookkeeping(table) || was.checksums[table] === is.checksums[table]) continue;
        losses.push({ table, ...(await compareRows(rowsOf(before, table), rowsOf(after, table))) });
      }
      return losses;
    }),
  );
}

async function figuresIn(client: pg.Client) {
  await client.query('begin isolation level repeatable read, read only');
  return readMoveFigures(client);
}

/** A row by its key, and what stands for its values. */
export interface RowSum {
  key: string;
  sum: string;
}

/** Merges two sequences of rows in the byte order of their keys. */
export async function compareRows(
  before: AsyncIterator<RowSum>,
  after: AsyncIterator<RowSum>,
): Promise<Omit<Loss, 'table'>> {
  const counts = { added: 0, changed: 0, removed: 0 };
  let [old, now] = [await before.next(), await after.next()];
  while (!old.done || !now.done) {
    const order = old.done ? 1 : now.done ? -1 : Buffer.compare(Buffer.from(old.value.key), Buffer.from(now.value.key));
    if (order > 0) counts.added += 1;
    if (order < 0) counts.removed += 1;
    if (order === 0 && old.value.sum !== now.value.sum) counts.changed += 1;
    if (order <= 0) old = await before.next();
    if (order >= 0) now = await after.next();
  }
  return counts;
}

async function* rowsOf(client: pg.Client, table: string): AsyncGenerator<RowSum, void> {
  const [schema = '', name = ''] = table.split('.');
  const from = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
  await useOneForm(client);
  // As one text, so that its order is the one that is merged by.
  const key = `array[${await keyOf(client, from)}]::text`;
  await client.query(
    `declare all_rows no scroll cursor for
     select ${key} as key, md5(t::text) as sum from ${from} t order by (${key}) collate "C"`,
  );
  for (;;) {
    const { rows } = await client.query<RowSum>(`fetch ${BATCH} from all_rows`);
    yield* rows;
    if (rows.length < BATCH) break;
  }
  await client.query('close all_rows');
}
