import type { Transaction } from '../../database/connect.ts';

/** Billable time beside the intervals. */
export interface Adjustment {
  id: string;
  userId: string;
  /** Null: it is about the account as a whole. */
  sessionId: string | null;
  /** Not 0; negative for a credit. */
  seconds: number;
  /** The moment that says which cycle it belongs to. */
  at: Date;
  reason: string;
  outageId: string | null;
  createdAt: Date;
}

/** Adds adjustments, which are never changed. */
export async function insertAdjustments(trx: Transaction, adjustments: readonly Adjustment[]): Promise<void> {
  if (adjustments.length === 0) return;
  await trx('usage_adjustments').insert(
    adjustments.map((adjustment) => ({
      id: adjustment.id,
      user_id: adjustment.userId,
      session_id: adjustment.sessionId,
      seconds: adjustment.seconds,
      at: adjustment.at,
      reason: adjustment.reason,
      outage_id: adjustment.outageId,
      created_at: adjustment.createdAt,
    })),
  );
}
