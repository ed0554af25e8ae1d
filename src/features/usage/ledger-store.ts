import type { Transaction } from '../../database/connect.ts';
import type { UsageInterval } from './interval.ts';

const TABLE = 'usage_intervals';

/** The closed intervals of a session that end behind that moment, in their order. */
export async function findIntervalsSince(trx: Transaction, sessionId: string, since: Date): Promise<UsageInterval[]> {
  const rows: { started_at: Date; ended_at: Date }[] = await trx(TABLE)
    .where({ session_id: sessionId })
    .andWhere('ended_at', '>', since)
    .orderBy('seq');
  return rows.map((row) => ({ startedAt: row.started_at, endedAt: row.ended_at }));
}

/** Appends closed intervals of a session, whose row the caller has locked. */
export async function appendIntervals(
  trx: Transaction,
  session: { id: string; userId: string },
  intervals: readonly UsageInterval[],
): Promise<void> {
  for (const interval of intervals) {
    await trx.raw(
      `insert into ${TABLE} (session_id, seq, user_id, started_at, ended_at)
       select ?, coalesce(max(seq), 0) + 1, ?, ?, ? from ${TABLE} where session_id = ?`,
      [session.id, session.userId, interval.startedAt, interval.endedAt, session.id],
    );
  }
}
