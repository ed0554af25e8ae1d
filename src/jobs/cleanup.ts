import { addSeconds } from '../clock.ts';
import type { Database } from '../database/connect.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** How long what is kept, in seconds after the moment in the column. The README's retention table says the same. */
export const RETENTION: readonly { table: string; key: string; column: string; seconds: number; only?: string }[] = [
  { table: 'plugin_login_attempts', key: 'id', column: 'expires_at', seconds: DAY },
  { table: 'idempotency_keys', key: 'ctid', column: 'created_at', seconds: DAY },
  { table: 'rate_limits', key: 'key', column: 'expires_at', seconds: HOUR },
  { table: 'auth_sessions', key: 'id', column: 'revoked_at', seconds: 30 * DAY },
  { table: 'auth_sessions', key: 'id', column: 'expires_at', seconds: 30 * DAY },
  { table: 'relay_instances', key: 'id', column: 'terminated_at', seconds: 90 * DAY },
  { table: 'pool_assignments', key: 'instance_id', column: 'released_at', seconds: 90 * DAY },
  { table: 'pool_assignments', key: 'instance_id', column: 'released_at', seconds: 0, only: 'user_id is null' },
  { table: 'relay_sessions', key: 'id', column: 'stopped_at', seconds: 400 * DAY, only: "status = 'stopped'" },
  { table: 'billing_events', key: 'id', column: 'received_at', seconds: 400 * DAY, only: "state <> 'received'" },
  { table: 'outages', key: 'id', column: 'ended_at', seconds: 400 * DAY },
];

const BATCH = 500;

/**
 * Deletes what was kept for long enough, in small batches that step around rows in use. Events, steps, intervals,
 * adjustments and keys go with their session.
 *
 * @returns how many rows went, by table.
 */
export async function cleanUp(database: Database, now: Date): Promise<Record<string, number>> {
  const gone: Record<string, number> = {};
  for (const { table, key, column, seconds, only } of RETENTION) {
    const before = addSeconds(now, -seconds);
    // Of an array PostgreSQL looks up each; of a query it may read the whole table instead.
    const sql = `delete from ${table} where ${key} = any (array(
      select ${key} from ${table} where ${column} < ?${only ? ` and ${only}` : ''} limit ${BATCH} for update skip locked))`;
    let deleted = 0;
    do {
      ({ rowCount: deleted } = await database.raw<{ rowCount: number }>(sql, [before]));
      gone[table] = (gone[table] ?? 0) + deleted;
    } while (deleted === BATCH);
  }
  return gone;
}
