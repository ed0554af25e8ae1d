import type { Database } from '../../src/database/connect.ts';

/** Column that each distributed table is spread by; tables that aren't named stay on one node. */
export type Distribution = ReadonlyMap<string, string>;

/** A unique index or a foreign key of the schema. */
export interface Rule {
  /** `table.name`. */
  name: string;
  table: string;
  /** Null for an expression. */
  columns: (string | null)[];
  /** Only of a foreign key: what it leads to. */
  references: { table: string; columns: string[] } | null;
}

const COLUMNS = `
  select table_name as "table", column_name as "column", is_nullable = 'YES' as nullable
    from information_schema.columns
   where table_schema = 'public' and table_name not like 'knex%'`;

/** Of pg_catalog: information_schema knows neither partial unique indexes nor those over expressions. */
const RULES = `
  select t.relname || '.' || i.relname as name, t.relname as "table",
         array(select a.attname::text from unnest(x.indkey) with ordinality as k(num, position)
                 left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.num and k.num > 0
                where k.position <= x.indnkeyatts order by k.position) as columns,
         null as "references"
    from pg_index x
    join pg_class i on i.oid = x.indexrelid
    join pg_class t on t.oid = x.indrelid
   where x.indisunique and t.relnamespace = 'public'::regnamespace and t.relname not like 'knex%'
  union all
  select t.relname || '.' || c.conname, t.relname,
         array(select attname::text from unnest(c.conkey) with ordinality as k(num, position)
                 join pg_attribute on attrelid = t.oid and attnum = k.num order by k.position),
         jsonb_build_object('table', r.relname, 'columns', array(
           select attname::text from unnest(c.confkey) with ordinality as k(num, position)
             join pg_attribute on attrelid = r.oid and attnum = k.num order by k.position))
    from pg_constraint c
    join pg_class t on t.oid = c.conrelid
    join pg_class r on r.oid = c.confrelid
   where c.contype = 'f' and t.relnamespace = 'public'::regnamespace
   order by 1`;

/** The tables of the schema, each with its columns and whether they may be null. */
export async function readTables(db: Database): Promise<Map<string, Map<string, boolean>>> {
  const { rows } = await db.raw<{ rows: { table: string; column: string; nullable: boolean }[] }>(COLUMNS);
  const tables = new Map<string, Map<string, boolean>>();
  for (const { table, column, nullable } of rows) {
    tables.set(table, (tables.get(table) ?? new Map()).set(column, nullable));
  }
  return tables;
}

/** Every unique index and foreign key of the schema. */
export async function readRules(db: Database): Promise<Rule[]> {
  return (await db.raw<{ rows: Rule[] }>(RULES)).rows;
}

/**
 * The rules that Citus would refuse: unique indexes of a distributed table need its column, foreign keys between two of
 * them need it on both sides, and one between a distributed table and one that isn't cannot be.
 */
export function refusedRules(rules: readonly Rule[], distribution: Distribution): Rule[] {
  return rules.filter(({ table, columns, references }) => {
    const column = distribution.get(table);
    if (!references) return column !== undefined && !columns.includes(column);
    const other = distribution.get(references.table);
    if (column === undefined && other === undefined) return false;
    if (column === undefined || other === undefined) return true;
    return !columns.some((name, at) => name === column && references.columns[at] === other);
  });
}
