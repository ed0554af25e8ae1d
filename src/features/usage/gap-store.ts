import type { Transaction } from '../../database/connect.ts';
import type { UsageGap } from './gap.ts';

const TABLE = 'usage_gaps';

/** Notes what an outage left unbilled of sessions, whose rows the caller has locked. */
export async function insertGaps(trx: Transaction, gaps: readonly (UsageGap & { sessionId: string })[]): Promise<void> {
  if (gaps.length === 0) return;
  await trx(TABLE).insert(
    gaps.map((gap) => ({
      session_id: gap.sessionId,
      outage_id: gap.outageId,
      started_at: gap.startedAt,
      ended_at: gap.endedAt,
    })),
  );
}

/** The gaps of a session that nothing has settled yet, oldest first. */
export async function findOpenGaps(trx: Transaction, sessionId: string): Promise<UsageGap[]> {
  const rows: { outage_id: string; started_at: Date; ended_at: Date }[] = await trx(TABLE)
    .where({ session_id: sessionId, filled_at: null })
    .orderBy('started_at');
  return rows.map((row) => ({ outageId: row.outage_id, startedAt: row.started_at, endedAt: row.ended_at }));
}

/** A settled gap is never looked at again. */
export async function settleGaps(trx: Transaction, sessionId: string, at: Date): Promise<void> {
  await trx(TABLE).where({ session_id: sessionId, filled_at: null }).update({ filled_at: at });
}

/** Forgets what can no longer be proved, because the session has left `active`. */
export async function dropGaps(trx: Transaction, sessionId: string): Promise<void> {
  await trx(TABLE).where({ session_id: sessionId, filled_at: null }).delete();
}
