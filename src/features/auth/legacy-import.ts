import { addSeconds, earlier, later } from '../../clock.ts';
import { type ImportContext, importRow } from '../../database/import/import-row.ts';
import type { TargetRow } from '../../database/import/imported-row.ts';
import {
  assertOrder,
  BadRowError,
  oneOf,
  optionalText,
  optionalTime,
  type SourceValues,
  text,
  textLike,
  time,
} from '../../database/import/read-row.ts';
import { SIGN_IN_SECONDS } from './auth-service.ts';
import { CLAIM_GRACE_SECONDS } from './login-service.ts';

/** Lower-case hex SHA-256, as the Go service stored its tokens. */
const HEX_DIGEST = /^[0-9a-f]{64}$/;

/** Brings in a signed-in device, or one that was signed out; its refresh token becomes the one with the counter 0. */
export async function importLegacyDevice(context: ImportContext, userId: string, values: SourceValues): Promise<void> {
  const source = { table: 'auth_sessions', id: String(values.id), userId, values };
  await importRow(context, source, () => toDevice(userId, values, context.now));
}

function toDevice(userId: string, values: SourceValues, now: Date): TargetRow {
  const createdAt = time(values, 'created_at');
  if (createdAt > now) throw new BadRowError('created_at is in the future');
  assertOrder(values, 'created_at', 'expires_at');
  const expiresAt = time(values, 'expires_at');
  const end = addSeconds(createdAt, SIGN_IN_SECONDS);
  const revokedAt = optionalTime(values, 'revoked_at');
  return {
    table: 'auth_sessions',
    key: { id: textLike(values, 'id', /^aut_[0-9A-Za-z_-]{1,64}$/) },
    values: {
      user_id: userId,
      ...clientOf(values),
      refresh_counter: 0,
      refreshed_at: later(createdAt, optionalTime(values, 'last_seen_at') ?? createdAt),
      legacy_token_hash: Buffer.from(textLike(values, 'refresh_token_hash', HEX_DIGEST), 'hex'),
      created_at: createdAt,
      expires_at: earlier(expiresAt, end),
      absolute_expires_at: end,
      revoked_at: revokedAt,
      // Why is not told there; what a caller is told is the same for all reasons.
      revoke_reason: revokedAt && 'logout',
    },
  };
}

/** Brings in a login attempt that a plugin may still poll. */
export async function importLegacyLogin(context: ImportContext, userId: string | null, values: SourceValues) {
  const source = { table: 'plugin_login_attempts', id: String(values.id), userId, values };
  const expiresAt = values.expires_at;
  const patience = values.status === 'completed' ? CLAIM_GRACE_SECONDS : 0;
  if (expiresAt instanceof Date && addSeconds(expiresAt, patience) <= context.now) {
    context.report.pass(source.table, 1, 'is over: nobody polls it any more');
    return;
  }
  await importRow(context, source, () => toLogin(userId, values));
}

function toLogin(userId: string | null, values: SourceValues): TargetRow {
  const status = oneOf(values, 'status', ['pending', 'completed', 'denied', 'expired']);
  if (status === 'expired') throw new BadRowError('is expired, and its time is not over');
  if (status === 'completed' && userId === null) throw new BadRowError('is completed without a user');
  // The Go service gave the tokens out together with the session.
  const claimed = status === 'completed' && optionalText(values, 'completed_session_id') !== null;
  const createdAt = time(values, 'created_at');
  assertOrder(values, 'created_at', 'expires_at');
  const decidedAt = status === 'pending' ? null : (optionalTime(values, 'completed_at') ?? createdAt);
  return {
    table: 'plugin_login_attempts',
    key: { id: textLike(values, 'id', /^pla_[0-9A-Za-z_-]{1,64}$/) },
    values: {
      poll_token_hash: Buffer.from(textLike(values, 'poll_token_hash', HEX_DIGEST), 'hex'),
      status: claimed ? 'claimed' : status,
      user_id: status === 'completed' ? userId : null,
      reason_code: status === 'denied' ? (optionalText(values, 'deny_reason_code') ?? 'access_denied') : null,
      ...clientOf(values),
      requester_address: 'unknown',
      created_at: createdAt,
      expires_at: time(values, 'expires_at'),
      decided_at: decidedAt,
      claimed_at: claimed ? decidedAt : null,
    },
  };
}

function clientOf(values: SourceValues) {
  return {
    client_platform: text(values, 'client_platform'),
    client_version: optionalText(values, 'client_version'),
    device_name: optionalText(values, 'device_name'),
  };
}
