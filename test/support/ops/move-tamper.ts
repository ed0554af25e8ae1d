import assert from 'node:assert/strict';
import type { Cluster } from './cluster.ts';

/** A table of which each row can be changed, and changed back. */
interface Tampered {
  table: string;
  column: string;
}

const DATABASE = 'telemy';
const AT_ONCE = 8;

/** The tables with rows that have a time outside of their key. */
async function findTamperable(cluster: Cluster): Promise<Tampered[]> {
  const candidates = await cluster.query(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as table, min(quote_ident(a.attname)) as column
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where c.relkind = 'r' and n.nspname in ('public', 'jobs') and c.relname <> 'fleet_control'
       and a.atttypid = 'timestamptz'::regtype and a.attnotnull and a.attgenerated = ''
       and not exists (select from pg_index i where i.indrelid = c.oid and a.attnum = any(i.indkey) and i.indisprimary)
     group by 1 order by 1`,
    DATABASE,
  );
  const found: Tampered[] = [];
  for (const { table, column } of candidates as unknown as Tampered[]) {
    const rows = await cluster.query(`select from ${table} limit 1`, DATABASE);
    if (rows.length > 0) found.push({ table, column });
  }
  return found;
}

/** Moves a time in these tables by a second, past whatever the service has against that; `'-'` undoes `'+'`. */
async function tamper(cluster: Cluster, tables: readonly Tampered[], sign: '+' | '-'): Promise<void> {
  const changes = tables.map(
    ({ table, column }) => `update ${table} set ${column} = ${column} ${sign} interval '1 second'`,
  );
  // The database is read-only, and triggers would refuse a change of what is only ever added to.
  const past = 'set default_transaction_read_only = off; set session_replication_role = replica';
  await cluster.query([past, 'begin read write', ...changes, 'commit'].join('; '), DATABASE);
}

/**
 * Holds a comparison to what it says: it has to name every table in which a value was changed. The rows are as before
 * then.
 *
 * @param compare throws with the tables that differ, of which it may leave out those beyond eight.
 */
export async function assertEachTableCompared(cluster: Cluster, compare: () => Promise<unknown>): Promise<void> {
  const all = await findTamperable(cluster);
  const names = all.map(({ table }) => table);
  for (const name of ['users', 'auth_sessions', 'relay_sessions', 'relay_instances'])
    assert.ok(names.includes(`public.${name}`), `${name} is not among ${names}`);
  for (let first = 0; first < all.length; first += AT_ONCE) {
    const some = all.slice(first, first + AT_ONCE);
    await tamper(cluster, some, '+');
    await assert.rejects(compare(), ({ message }: Error) => {
      const untold = some.filter(({ table }) => !message.includes(`${table}: rows with other values`));
      assert.deepEqual(untold, [], message);
      return true;
    });
    await tamper(cluster, some, '-');
  }
}
