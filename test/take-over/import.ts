import { createImportReport, type ImportReport } from '../../src/database/import/report.ts';
import { openLegacySource, runImport } from '../../src/features/legacy-import/index.ts';
import { systemRandom } from '../../src/random.ts';
import type { LegacyDatabase } from '../support/legacy-database.ts';
import type { TestApp } from '../support/test-app.ts';

/** Runs an import into an application's database. */
export async function importInto(
  app: TestApp,
  legacy: LegacyDatabase,
  { dryRun = false, onProgress = () => {} }: { dryRun?: boolean; onProgress?: (done: number) => void } = {},
): Promise<ImportReport> {
  const report = createImportReport();
  const source = await openLegacySource(legacy.url, report);
  const { database, clock, config } = app;
  try {
    const plans = config.catalog.plans;
    await runImport({ database, clock, random: systemRandom, plans, source, report, onProgress }, { dryRun });
  } finally {
    await source.close();
  }
  return report;
}

/** A digest of each table of the service's own schema. */
export async function digestsOf(app: TestApp): Promise<Record<string, string>> {
  const tables: string[] = await app
    .database('information_schema.tables')
    .where({ table_schema: 'public', table_type: 'BASE TABLE' })
    .whereNotIn('table_name', ['alive_marks'])
    .orderBy('table_name')
    .pluck('table_name');
  const digests: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await app.database.raw(
      "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as d from ?? t",
      [table],
    );
    digests[table] = rows[0].d;
  }
  return digests;
}
