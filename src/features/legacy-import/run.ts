import type { Clock } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import type { ImportContext } from '../../database/import/import-row.ts';
import type { ImportReport } from '../../database/import/report.ts';
import type { Random } from '../../random.ts';
import { lockUser, type Plans } from '../account/index.ts';
import { importLegacyLogin } from '../auth/index.ts';
import { importLegacyEvent } from '../billing/index.ts';
import { importLegacyManifest, pauseForTakeOver } from '../relay/index.ts';
import { readBatch } from './batch.ts';
import { importUser } from './import-user.ts';
import { reportOrphans } from './orphans.ts';
import type { LegacySource } from './source.ts';

export interface ImportDeps {
  database: Database;
  clock: Clock;
  random: Random;
  plans: Plans;
  source: LegacySource;
  report: ImportReport;
  /** Users that are done, and users that there are. */
  onProgress(done: number, all: number): void;
}

/** What an import did beside its report. */
export interface ImportResult {
  /** Whether the reconciler was told to only report. */
  pausedFleet: boolean;
}

/**
 * Brings in everything. Each user is one transaction, so an import that was cut off is safe to run again: it goes on with
 * what is missing.
 *
 * @param options.dryRun true: all of it in a transaction that is rolled back.
 */
export async function runImport(deps: ImportDeps, { dryRun }: { dryRun: boolean }): Promise<ImportResult> {
  if (!dryRun) return importAll(deps);
  const whole = await deps.database.transaction();
  try {
    return await importAll({ ...deps, database: whole });
  } finally {
    await whole.rollback();
  }
}

async function importAll(deps: ImportDeps): Promise<ImportResult> {
  const { source, report, onProgress } = deps;
  const all = await source.count('select count(*) from users');
  const shared = await source.texts('select lower(email) as text from users group by 1 having count(*) > 1');
  const options = { ...deps, sharedEmails: new Set(shared) };
  let pausedFleet = false;
  let done = 0;
  for (let batch = await readBatch(source, ''); batch.length > 0; ) {
    for (const legacy of batch) {
      await inTransaction(deps, async (context) => {
        // Of what starts and stops meanwhile, and of another import, each waits for the other.
        await lockUser(context.trx, String(legacy.user.id));
        const { touchesFleet } = await importUser(context, legacy, options);
        if (touchesFleet && !pausedFleet) await pauseForTakeOver(context);
        pausedFleet ||= touchesFleet;
      });
      done += 1;
      onProgress(done, all);
    }
    batch = await readBatch(source, String(batch.at(-1)?.user.id));
  }
  await importUnowned(deps);
  await reportOrphans(source, report);
  await reportHealth(source, report);
  return { pausedFleet };
}

function inTransaction(deps: ImportDeps, task: (context: ImportContext) => Promise<void>): Promise<void> {
  return deps.database.transaction((trx: Transaction) => task({ trx, now: deps.clock.now(), report: deps.report }));
}

/** What belongs to no user. */
async function importUnowned(deps: ImportDeps): Promise<void> {
  const { source } = deps;
  const manifests = await source.rows('relay_manifests', 'true', {});
  const attempts = await source.rows('plugin_login_attempts', 't.user_id is null', {});
  const owned = source.columnsOf('billing_events').includes('user_id');
  const events = await source.rows(
    'billing_events',
    owned ? 'not exists (select from users u where u.id = t.user_id)' : 'true',
    {},
  );
  await inTransaction(deps, async (context) => {
    for (const row of manifests) await importLegacyManifest(context, row);
    for (const row of attempts) await importLegacyLogin(context, null, row);
    for (const row of events) await importLegacyEvent(context, null, row);
  });
}

/** The newest of each live session are counted with it. */
async function reportHealth(source: LegacySource, report: ImportReport): Promise<void> {
  if (source.columnsOf('relay_health_events').length === 0) return;
  const all = await source.count('select count(*) from relay_health_events');
  const rest = all - report.table('relay_health_events').read;
  report.pass('relay_health_events', rest, 'only the newest of a live session is of use');
}
