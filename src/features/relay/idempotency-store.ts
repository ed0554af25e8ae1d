import type { Database, Transaction } from '../../database/connect.ts';

const TABLE = 'idempotency_keys';

/** Of a key that was used at the Go service: what else was asked for cannot be compared. */
export const IMPORTED_FINGERPRINT = 'imported';

export interface BoundKey {
  fingerprint: string;
  sessionId: string;
}

/** What a key was bound to, if that was after `oldest`. */
export async function findBoundKey(
  db: Database,
  userId: string,
  operation: string,
  key: string,
  oldest: Date,
): Promise<BoundKey | null> {
  const row = await db(TABLE)
    .where({ user_id: userId, operation, key })
    .andWhere('created_at', '>', oldest)
    .first<{ fingerprint: string; session_id: string } | undefined>('fingerprint', 'session_id');
  return row ? { fingerprint: row.fingerprint, sessionId: row.session_id } : null;
}

/** What a user's key of an operation stands for from `now` on. */
export interface KeyBinding {
  userId: string;
  operation: string;
  key: string;
  fingerprint: string;
  sessionId: string;
  now: Date;
}

/** Binds a key, in place of an outdated binding. To be run, or to be made part of another statement. */
export function keyInsert(trx: Transaction, binding: KeyBinding) {
  return trx(TABLE)
    .insert({
      user_id: binding.userId,
      operation: binding.operation,
      key: binding.key,
      fingerprint: binding.fingerprint,
      session_id: binding.sessionId,
      created_at: binding.now,
    })
    .onConflict(['user_id', 'operation', 'key'])
    .merge();
}
