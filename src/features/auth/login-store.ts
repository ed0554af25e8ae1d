import type { Database, Transaction } from '../../database/connect.ts';
import type { ClientInfo } from './auth-session-store.ts';

const TABLE = 'plugin_login_attempts';

export type LoginStatus = 'pending' | 'completed' | 'denied' | 'claimed';

/** A plugin that waits for its user to decide in the browser. */
export interface LoginAttempt {
  id: string;
  pollTokenHash: Buffer;
  status: LoginStatus;
  userId: string | null;
  reasonCode: string | null;
  client: ClientInfo;
  requesterAddress: string;
  createdAt: Date;
  expiresAt: Date;
  lastPolledAt: Date | null;
}

interface LoginRow {
  id: string;
  poll_token_hash: Buffer;
  status: LoginStatus;
  user_id: string | null;
  reason_code: string | null;
  client_platform: string;
  client_version: string | null;
  device_name: string | null;
  requester_address: string;
  created_at: Date;
  expires_at: Date;
  last_polled_at: Date | null;
}

function toAttempt(row: LoginRow): LoginAttempt {
  return {
    id: row.id,
    pollTokenHash: row.poll_token_hash,
    status: row.status,
    userId: row.user_id,
    reasonCode: row.reason_code,
    client: { platform: row.client_platform, version: row.client_version, deviceName: row.device_name },
    requesterAddress: row.requester_address,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastPolledAt: row.last_polled_at,
  };
}

export async function insertAttempt(db: Database, attempt: LoginAttempt): Promise<void> {
  await db(TABLE).insert({
    id: attempt.id,
    poll_token_hash: attempt.pollTokenHash,
    status: attempt.status,
    client_platform: attempt.client.platform,
    client_version: attempt.client.version,
    device_name: attempt.client.deviceName,
    requester_address: attempt.requesterAddress,
    created_at: attempt.createdAt,
    expires_at: attempt.expiresAt,
  });
}

/** Locked until the transaction ends: of parallel polls and decisions, each sees what the one before did. */
export async function lockAttempt(trx: Transaction, id: string): Promise<LoginAttempt | null> {
  const row = await trx<LoginRow>(TABLE).first().where({ id }).forUpdate();
  return row ? toAttempt(row) : null;
}

export async function findAttempt(db: Database, id: string): Promise<LoginAttempt | null> {
  const row = await db<LoginRow>(TABLE).first().where({ id });
  return row ? toAttempt(row) : null;
}

export async function storePoll(trx: Transaction, id: string, now: Date): Promise<void> {
  await trx(TABLE).where({ id }).update({ last_polled_at: now });
}

export async function storeDecision(
  trx: Transaction,
  id: string,
  decision: { status: 'completed' | 'denied'; userId: string | null; reasonCode: string | null },
  now: Date,
): Promise<void> {
  await trx(TABLE)
    .where({ id, status: 'pending' })
    .update({ status: decision.status, user_id: decision.userId, reason_code: decision.reasonCode, decided_at: now });
}

export async function storeClaim(trx: Transaction, id: string, now: Date): Promise<void> {
  await trx(TABLE).where({ id, status: 'completed' }).update({ status: 'claimed', claimed_at: now });
}
