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
  /** ISO 3166 code of the country that it was asked from (or `T1`: Tor), where known. */
  requesterCountry: string | null;
  /** Origin of the web page that asked; null: no page did. */
  requesterOrigin: string | null;
  /** What plugin and page both show, such as `BXDK-QWLR`. */
  userCode: string;
  /** Digest of the id of the browser that went on with it; null: none has yet. */
  browserHash: Buffer | null;
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
  requester_country: string | null;
  requester_origin: string | null;
  user_code: string;
  browser_hash: Buffer | null;
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
    requesterCountry: row.requester_country,
    requesterOrigin: row.requester_origin,
    userCode: row.user_code,
    browserHash: row.browser_hash,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastPolledAt: row.last_polled_at,
  };
}

/** Adds an attempt. Fails with a unique violation of `plugin_login_attempts_user_code_key` when its code is in use. */
export async function insertAttempt(db: Database, attempt: LoginAttempt): Promise<void> {
  await db(TABLE).insert({
    id: attempt.id,
    poll_token_hash: attempt.pollTokenHash,
    status: attempt.status,
    client_platform: attempt.client.platform,
    client_version: attempt.client.version,
    device_name: attempt.client.deviceName,
    requester_address: attempt.requesterAddress,
    requester_country: attempt.requesterCountry,
    requester_origin: attempt.requesterOrigin,
    user_code: attempt.userCode,
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

/** The attempt that waits under a code. */
export async function findPendingByCode(db: Database, userCode: string): Promise<LoginAttempt | null> {
  const row = await db<LoginRow>(TABLE).first().where({ user_code: userCode, status: 'pending' });
  return row ? toAttempt(row) : null;
}

/** Notes whose browser a locked attempt is in. */
export async function storeBrowser(trx: Transaction, id: string, browserHash: Buffer): Promise<void> {
  await trx(TABLE).where({ id, browser_hash: null }).update({ browser_hash: browserHash });
}

export async function storePoll(trx: Transaction, id: string, now: Date): Promise<void> {
  await trx(TABLE).where({ id }).update({ last_polled_at: now });
}

/** What became of an attempt. */
export interface StoredDecision {
  status: 'completed' | 'denied';
  userId: string | null;
  reasonCode: string | null;
  /** The browser that decided; null: none did. */
  browserHash: Buffer | null;
}

export async function storeDecision(trx: Transaction, id: string, decision: StoredDecision, now: Date): Promise<void> {
  await trx(TABLE).where({ id, status: 'pending' }).update({
    status: decision.status,
    user_id: decision.userId,
    reason_code: decision.reasonCode,
    browser_hash: decision.browserHash,
    decided_at: now,
  });
}

export async function storeClaim(trx: Transaction, id: string, now: Date): Promise<void> {
  await trx(TABLE).where({ id, status: 'completed' }).update({ status: 'claimed', claimed_at: now });
}
