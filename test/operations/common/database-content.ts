import assert from 'node:assert/strict';
import type { TestApp } from '../../support/test-app.ts';

type Content = Record<string, unknown[]>;

/** Every row of the application's tables, in a fixed order. The alive marks are left out: they follow the clock. */
export async function databaseContent(app: Pick<TestApp, 'database'>): Promise<Content> {
  const { rows: tables } = await app.database.raw<{ rows: { name: string }[] }>(
    `select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'alive_marks' order by 1`,
  );
  const content: Content = {};
  for (const { name } of tables) {
    const { rows } = await app.database.raw<{ rows: { rows: unknown[] }[] }>(
      `select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]') as rows from ?? t`,
      [name],
    );
    content[name] = rows[0]?.rows ?? [];
  }
  return content;
}

/** Does `work` and asserts that not one row of the database is different afterwards. */
export async function assertNothingChanges<T>(app: Pick<TestApp, 'database'>, work: () => Promise<T>): Promise<T> {
  const before = await databaseContent(app);
  const result = await work();
  assert.deepEqual(await databaseContent(app), before);
  return result;
}
