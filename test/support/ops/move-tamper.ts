import type { Cluster } from './cluster.ts';

/** A table of which each row can be changed, and changed back. */
interface Tampered {
  table: string;
  column: string;
}

const DATABASE = 'telemy';

/** The tables with rows that have a time outside of their key. */
export async function findTamperable(cluster: Cluster): Promise<Tampered[]> {
  const candidates = await cluster.query(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as table, min(quote_ident(a.attname)) as column
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where c.relkind = 'r' and n.nspname in ('public', 'jobs') and c.relname <> 'fleet_control'
       and a.atttypid = 'timestamptz'::regtype and a.attnotnull and a.attgenerated = ''
       and not exists (select from pg_index i where i.indrelid = c.oid and a.attnum = any(i.indkey))
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

/** Moves a time in these tables by a microsecond, past whatever the service has against that; `'-'` undoes `'+'`. */
export async function tamper(cluster: Cluster, tables: readonly Tampered[], sign: '+' | '-'): Promise<void> {
  const changes = tables.map(
    ({ table, column }) => `update ${table} set ${column} = ${column} ${sign} interval '1 microsecond'`,
  );
  // The database is read-only, and triggers would refuse a change of what is only ever added to.
  const past = 'set default_transaction_read_only = off; set session_replication_role = replica';
  await cluster.query([past, 'begin read write', ...changes, 'commit'].join('; '), DATABASE);
}
