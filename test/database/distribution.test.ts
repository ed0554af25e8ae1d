import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { type Rule, readRules, readTables, refusedRules } from '../support/distribution.ts';
import { createTestDatabase } from '../support/test-run.ts';

const README = readFileSync(resolve('README.md'), 'utf8');
const SECTION = /^### How far one PostgreSQL goes\n([\s\S]*?)^##/m.exec(README)?.[1] ?? '';

/** A table is spread by a column that it has, by one that it would get, or it stays on one node. */
const HOW = /^(?:distributed by `(\w+)`(, a new column)?|local)$/;

describe('what the README says of distributing the tables by user', () => {
  let database: Database;
  let drop: () => Promise<void>;
  let tables: Map<string, Map<string, boolean>>;
  let rules: Rule[];
  before(async () => {
    const own = await createTestDatabase();
    drop = own.drop;
    database = connectDatabase({ url: own.url, applicationName: 'test', poolSize: 1 });
    [tables, rules] = [await readTables(database), await readRules(database)];
  });
  after(async () => {
    await database.destroy();
    await drop();
  });

  const placed = () =>
    rowsBelow('table').flatMap(([names = '', how = '']) => namesIn(names).map((name) => ({ name, how })));
  const distribution = () =>
    new Map(placed().flatMap(({ name, how }) => (HOW.exec(how)?.[1] ? [[name, HOW.exec(how)?.[1] as string]] : [])));

  it('places every table of the schema, and no other', () => {
    assert.deepEqual(
      placed()
        .map(({ name }) => name)
        .sort(),
      [...tables.keys()].sort(),
    );
    for (const { name, how } of placed()) assert.match(how, HOW, name);
  });

  it('spreads no table by a column that may be null, and calls a column new exactly where there is none', () => {
    for (const { name, how } of placed()) {
      const [, column, isNew] = HOW.exec(how) ?? [];
      if (column === undefined) continue;
      assert.equal(tables.get(name)?.get(column), isNew === undefined ? false : undefined, `${name}.${column}`);
    }
  });

  it('lists exactly the unique indexes and foreign keys that would have to change', () => {
    const listed = rowsBelow('unique index or foreign key').flatMap(([names = '']) => namesIn(names));
    const refused = refusedRules(rules, distribution()).map(({ name }) => name);
    assert.deepEqual(listed.sort(), refused.sort());
  });
});

/** The cells of a table of the section, by the first word of its head. */
function rowsBelow(head: string): string[][] {
  const [, rows = ''] = new RegExp(`^\\| ${head} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(SECTION) ?? [];
  return rows
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => row.slice(2, -2).split(' | '));
}

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([\w.]+)`/g)].map(([, name]) => name as string);
}
