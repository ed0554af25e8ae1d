import type { Database } from '../../src/database/connect.ts';

/** How many queries on the database wait for a lock that someone else holds. */
export async function waitingForLocks(db: Database): Promise<number> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
  );
  return rows.length;
}
