import type { Database, Transaction } from '../../database/connect.ts';
import { PREPARED } from '../../database/prepared.ts';
import { type Account, toAccount, USER_COLUMNS, type UserRow } from '../account/index.ts';
import type { RotationState } from './rotation.ts';

const TABLE = 'auth_sessions';

/** The device that signed in. */
export interface ClientInfo {
  platform: string;
  version: string | null;
  deviceName: string | null;
}

export type RevokeReason = 'logout' | 'refresh_token_reused' | 'operator' | 'account_page';

/** A signed-in device. */
export interface AuthSession extends RotationState {
  id: string;
  userId: string;
  client: ClientInfo;
  createdAt: Date;
  absoluteExpiresAt: Date;
  /** Whether it was brought in from the Go service. */
  isLegacy: boolean;
}

/** A device and its account. */
export interface SignIn {
  session: AuthSession;
  account: Account;
}

interface AuthSessionRow {
  id: string;
  user_id: string;
  client_platform: string;
  client_version: string | null;
  device_name: string | null;
  refresh_counter: number;
  refreshed_at: Date;
  refresh_used_at: Date | null;
  created_at: Date;
  expires_at: Date;
  absolute_expires_at: Date;
  revoked_at: Date | null;
  legacy_token_hash: Buffer | null;
}

const COLUMNS = [
  'id',
  'user_id',
  'client_platform',
  'client_version',
  'device_name',
  'refresh_counter',
  'refreshed_at',
  'refresh_used_at',
  'created_at',
  'expires_at',
  'absolute_expires_at',
  'revoked_at',
  'legacy_token_hash',
] as const satisfies readonly (keyof AuthSessionRow)[];

function toAuthSession(row: AuthSessionRow): AuthSession {
  return {
    id: row.id,
    userId: row.user_id,
    client: { platform: row.client_platform, version: row.client_version, deviceName: row.device_name },
    counter: row.refresh_counter,
    refreshedAt: row.refreshed_at,
    usedAt: row.refresh_used_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    absoluteExpiresAt: row.absolute_expires_at,
    revokedAt: row.revoked_at,
    isLegacy: row.legacy_token_hash !== null,
  };
}

export async function insertAuthSession(trx: Transaction, session: AuthSession): Promise<void> {
  await trx(TABLE).insert({
    id: session.id,
    user_id: session.userId,
    client_platform: session.client.platform,
    client_version: session.client.version,
    device_name: session.client.deviceName,
    refresh_counter: session.counter,
    refreshed_at: session.refreshedAt,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    absolute_expires_at: session.absoluteExpiresAt,
  });
}

/** Locked until the transaction ends: parallel refreshes take turns. */
export async function lockAuthSession(trx: Transaction, id: string): Promise<AuthSession | null> {
  const row = await trx<AuthSessionRow>(TABLE).first().where({ id }).forUpdate();
  return row ? toAuthSession(row) : null;
}

/** The device whose last refresh token of the Go service has this SHA-256; null: there is none. */
export async function findIdByLegacyToken(db: Database, digest: Buffer): Promise<string | null> {
  // Looked up by its hash: how long that takes tells nothing of a token that somebody would have to guess whole.
  const row = await db(TABLE).where({ legacy_token_hash: digest }).first<Pick<AuthSessionRow, 'id'> | undefined>('id');
  return row?.id ?? null;
}

/** A device and its account, for the check of each call. */
export async function findAuthSessionWithAccount(db: Database, id: string): Promise<SignIn | null> {
  const row = await db(TABLE)
    .join('users', 'users.id', `${TABLE}.user_id`)
    .where(`${TABLE}.id`, id)
    .first<Record<string, unknown> | undefined>(
      ...COLUMNS.map((column) => `${TABLE}.${column}`),
      ...USER_COLUMNS.map((column) => `users.${column} as user_${column}`),
    )
    .options(PREPARED);
  if (!row) return null;
  const user = Object.fromEntries(USER_COLUMNS.map((column) => [column, row[`user_${column}`]]));
  return { session: toAuthSession(row as unknown as AuthSessionRow), account: toAccount(user as unknown as UserRow) };
}

/** Makes the next counter the current one. */
export async function storeRotation(
  trx: Transaction,
  id: string,
  rotated: { counter: number; refreshedAt: Date; expiresAt: Date },
): Promise<void> {
  await trx(TABLE).where({ id }).update({
    refresh_counter: rotated.counter,
    refreshed_at: rotated.refreshedAt,
    refresh_used_at: null,
    expires_at: rotated.expiresAt,
  });
}

/** Notes that the holder of the current token has made a call with it; once per rotation. */
export async function markRefreshUsed(db: Database, id: string, counter: number, now: Date): Promise<void> {
  await db(TABLE).where({ id, refresh_counter: counter, refresh_used_at: null }).update({ refresh_used_at: now });
}

/** Ends a device's sign-in; one that has ended keeps its time and reason. */
export async function revokeAuthSession(db: Database, id: string, reason: RevokeReason, now: Date): Promise<void> {
  await db(TABLE).where({ id, revoked_at: null }).update({ revoked_at: now, revoke_reason: reason });
}

/** Ends a sign-in of this user; false if it isn't one of theirs. One that has ended keeps its time and reason. */
export async function revokeAuthSessionOf(
  db: Database,
  { userId, id }: { userId: string; id: string },
  reason: RevokeReason,
  now: Date,
): Promise<boolean> {
  const revoked = await db(TABLE)
    .where({ id, user_id: userId })
    .update({
      revoked_at: db.raw('coalesce(revoked_at, ?)', [now]),
      revoke_reason: db.raw('coalesce(revoke_reason, ?)', [reason]),
    });
  return revoked > 0;
}

/** Ends all of a user's sign-ins; returns how many there were. */
export async function revokeAllAuthSessions(
  db: Database,
  userId: string,
  reason: RevokeReason,
  now: Date,
): Promise<number> {
  return db(TABLE).where({ user_id: userId, revoked_at: null }).update({ revoked_at: now, revoke_reason: reason });
}

/** Those of a user's devices that are signed in now, newest first. */
export async function listLiveAuthSessions(db: Database, userId: string, now: Date): Promise<AuthSession[]> {
  const rows = await db<AuthSessionRow>(TABLE)
    .select()
    .where({ user_id: userId, revoked_at: null })
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc');
  return rows.map(toAuthSession);
}
