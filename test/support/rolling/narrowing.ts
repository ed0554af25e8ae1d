import type { Column, SchemaSnapshot, Table } from './schema-snapshot.ts';

/**
 * What a change of the schema does that servers of the release before might not live with: they know nothing of what is
 * new, and count on all that was there. Sorted; empty for a change that only adds.
 */
export function findNarrowing(before: SchemaSnapshot, after: SchemaSnapshot): string[] {
  const findings: string[] = [];
  for (const [name, table] of before) {
    const now = after.get(name);
    if (now === undefined) findings.push(`table ${name} is gone`);
    else findings.push(...compareColumns(name, table, now), ...compareRules(name, table, now));
  }
  for (const [name, table] of after) {
    if (before.has(name)) continue;
    for (const [rule, { guards }] of table.rules) {
      // Whoever doesn't know the new table cannot empty it first.
      if (guards !== null && before.has(guards))
        findings.push(`${name}.${rule} keeps rows of ${guards} from being deleted`);
    }
  }
  return findings.sort();
}

function compareColumns(table: string, before: Table, after: Table): string[] {
  const findings: string[] = [];
  for (const [name, column] of before.columns) {
    const now = after.columns.get(name);
    if (now === undefined) findings.push(`column ${table}.${name} is gone`);
    else findings.push(...compareColumn(`column ${table}.${name}`, column, now));
  }
  for (const [name, { required, filled }] of after.columns) {
    if (!before.columns.has(name) && required && !filled) {
      findings.push(`new column ${table}.${name} is not null without a default`);
    }
  }
  return findings;
}

function compareColumn(name: string, before: Column, now: Column): string[] {
  const findings: string[] = [];
  if (now.type !== before.type) findings.push(`${name} becomes ${now.type}`);
  if (now.required && !before.required) findings.push(`${name} becomes not null`);
  if (before.filled && !now.filled) findings.push(`${name} loses its default`);
  return findings;
}

function compareRules(table: string, before: Table, after: Table): string[] {
  const findings: string[] = [];
  for (const [name, { definition }] of before.rules) {
    const now = after.rules.get(name);
    // An upsert may name it.
    if (now === undefined) findings.push(`rule ${table}.${name} is gone`);
    else if (now.definition !== definition) findings.push(`rule ${table}.${name} changes`);
  }
  for (const [name, { columns }] of after.rules) {
    // One about new columns alone refuses nothing that says nothing of them.
    const isAboutOld = columns.length === 0 || columns.some((column) => before.columns.has(column));
    if (!before.rules.has(name) && isAboutOld) findings.push(`new rule ${table}.${name} may refuse rows`);
  }
  return findings;
}
