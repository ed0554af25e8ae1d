import { connectDatabase, type Database } from '../../database/connect.ts';

const TABLE = 'fleet_control';

/** Whether the reconciler may act. */
export interface FleetControl {
  /** True: it only says what it would do, until an operator resumes it. */
  reportOnly: boolean;
  /** Why it only reports; null while it acts. */
  reason: string | null;
  changedAt: Date;
}

const MOVED =
  'The database is another one than before: a restore, an import or a move. Look at `npm run fleet -- reconcile --dry-run`, then resume.';

/**
 * Reads whether the reconciler may act. A database that isn't the one it last acted on, which is what a restored dump
 * looks like, pauses it: what such a database says of the fleet may be old.
 */
export async function readFleetControl(db: Database, now: Date): Promise<FleetControl> {
  const identity = await identityOf(db);
  await db(TABLE).insert({ database_identity: identity, changed_at: now }).onConflict('id').ignore();
  await db(TABLE)
    .where({ report_only: false })
    .whereNot({ database_identity: identity })
    .update({ report_only: true, reason: MOVED, changed_at: now });
  const row = await db(TABLE).first<{ report_only: boolean; reason: string | null; changed_at: Date }>();
  return { reportOnly: row.report_only, reason: row.reason, changedAt: row.changed_at };
}

/** Lets the reconciler only report from now on. */
export async function pauseFleet(db: Database, reason: string, now: Date): Promise<void> {
  await readFleetControl(db, now);
  await db(TABLE).update({ report_only: true, reason, changed_at: now });
}

/** The same for the database with this URL, which nothing of ours has opened yet, such as a restored one. */
export async function pauseFleetOf(url: string, reason: string): Promise<void> {
  const database = connectDatabase({ url, applicationName: 'telemy-operator', poolSize: 1 });
  try {
    await pauseFleet(database, reason, new Date());
  } finally {
    await database.destroy();
  }
}

/** Lets the reconciler act, on the database as it is now. */
export async function resumeFleet(db: Database, now: Date): Promise<void> {
  await readFleetControl(db, now);
  const identity = await identityOf(db);
  await db(TABLE).update({ report_only: false, reason: null, database_identity: identity, changed_at: now });
}

/**
 * Names the cluster and the database in it. A failover keeps both, a restored dump doesn't.
 * Source: PostgreSQL, "Control Data Functions" (pg_control_system).
 */
async function identityOf(db: Database): Promise<string> {
  const { rows } = await db.raw<{ rows: { identity: string }[] }>(
    `select (select system_identifier from pg_control_system()) || ':' ||
       (select oid from pg_database where datname = current_database()) as identity`,
  );
  return (rows[0] as { identity: string }).identity;
}
