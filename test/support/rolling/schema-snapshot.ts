import type { Database } from '../../../src/database/connect.ts';

/** A column as far as those who don't know of it notice. */
export interface Column {
  type: string;
  required: boolean;
  /** Whether a row that says nothing of it gets a value. */
  filled: boolean;
}

/** A constraint or a unique index: what may refuse a row. */
export interface Rule {
  definition: string;
  /** Of its own table. */
  columns: string[];
  /** Table whose rows it keeps from being deleted; null: none. */
  guards: string | null;
}

/** A table by its columns and rules, each by name. */
export interface Table {
  columns: Map<string, Column>;
  rules: Map<string, Rule>;
}

/** The tables of our schema, by name. */
export type SchemaSnapshot = Map<string, Table>;

const COLUMNS = `
  select c.relname as table_name, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    a.attnotnull as required, a.atthasdef or a.attidentity <> '' as filled
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`;

/** Not null is told by the columns. */
const CONSTRAINTS = `
  select c.relname as table_name, k.conname as name, pg_get_constraintdef(k.oid) as definition,
    array(select attname::text from pg_attribute where attrelid = c.oid and attnum = any (k.conkey)) as columns,
    case when k.confdeltype in ('a', 'r') then k.confrelid::regclass::text end as guards
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  where c.relnamespace = 'public'::regnamespace and k.contype in ('c', 'f', 'p', 'u', 'x')`;

/** Those of constraints are told with them. What an index depends on includes columns in expressions and conditions. */
const UNIQUE_INDEXES = `
  select c.relname as table_name, n.relname as name, pg_get_indexdef(i.indexrelid) as definition, null as guards,
    array(
      select distinct a.attname::text from pg_depend d
      join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refobjid = c.oid and d.refobjsubid > 0
    ) as columns
  from pg_index i join pg_class c on c.oid = i.indrelid join pg_class n on n.oid = i.indexrelid
  where c.relnamespace = 'public'::regnamespace and i.indisunique
    and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))`;

/** Reads what PostgreSQL itself says of the tables. Triggers, functions and plain indexes are not looked at. */
export async function readSchema(database: Database): Promise<SchemaSnapshot> {
  const rows = async <Row>(sql: string) => (await database.raw(sql)).rows as Row[];
  const schema: SchemaSnapshot = new Map();
  for (const { table_name, name, ...column } of await rows<Column & { table_name: string; name: string }>(COLUMNS)) {
    const table = schema.get(table_name) ?? { columns: new Map(), rules: new Map() };
    table.columns.set(name, column);
    schema.set(table_name, table);
  }
  const rules = `${CONSTRAINTS} union all select table_name, name, definition, columns, guards from (${UNIQUE_INDEXES}) u`;
  for (const { table_name, name, ...rule } of await rows<Rule & { table_name: string; name: string }>(rules)) {
    schema.get(table_name)?.rules.set(name, rule);
  }
  return schema;
}
