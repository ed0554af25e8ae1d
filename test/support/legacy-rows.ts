import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { LegacyDatabase } from './legacy-database.ts';
import { plus } from './relay-session.ts';

const shortId = (): string => randomUUID().replaceAll('-', '').slice(0, 12);

/** The Go service's row of a user on the plan `pro`, whose cycle began ten days before `now`. */
export async function addLegacyUser(
  legacy: LegacyDatabase,
  now: Date,
  values: Record<string, unknown> = {},
): Promise<string> {
  const id = `usr_${randomUUID()}`;
  const row = {
    id,
    email: `${id}@example.com`,
    display_name: 'Mia',
    plan_tier: 'pro',
    plan_status: 'active',
    cycle_start_at: plus(now, -10 * 86_400),
    cycle_end_at: plus(now, 20 * 86_400),
    included_seconds: 180_000,
    relay_slug: shortId().slice(0, 8),
    stream_token: shortId(),
    created_at: plus(now, -100 * 86_400),
    updated_at: plus(now, -86_400),
    ...values,
  };
  await legacy.insert('users', row);
  return row.id;
}

/** A device that is signed in there; answers its id and its refresh token. */
export async function addLegacyDevice(
  legacy: LegacyDatabase,
  now: Date,
  userId: string,
  values: Record<string, unknown> = {},
): Promise<{ id: string; refreshToken: string }> {
  const refreshToken = randomBytes(32).toString('hex');
  const row = {
    id: `aut_${randomUUID()}`,
    user_id: userId,
    refresh_token_hash: createHash('sha256').update(refreshToken).digest('hex'),
    client_platform: 'windows',
    client_version: '0.0.5',
    device_name: 'STREAM-PC',
    created_at: plus(now, -5 * 86_400),
    last_seen_at: plus(now, -60),
    expires_at: plus(now, 25 * 86_400),
    ...values,
  };
  await legacy.insert('auth_sessions', row);
  return { id: row.id, refreshToken };
}

/** A session there, with its instance; by default one that is active for an hour. */
export async function addLegacySession(
  legacy: LegacyDatabase,
  now: Date,
  userId: string,
  values: Record<string, unknown> = {},
): Promise<{ id: string; instanceId: string; connectionId: string }> {
  const [rly, connectionId] = [`rly_${randomUUID()}`, randomUUID()];
  const instanceId = `i-${shortId()}`;
  const startedAt = (values.started_at as Date | undefined) ?? plus(now, -3_600);
  const row = {
    id: `ses_${randomUUID()}`,
    user_id: userId,
    connection_id: connectionId,
    relay_instance_id: rly,
    status: 'active',
    provision_step: 'ready',
    region: 'us-east-1',
    requested_by: 'obs-plugin',
    pair_token: shortId(),
    relay_ws_token: shortId(),
    started_at: startedAt,
    duration_seconds: 3_600,
    created_at: startedAt,
    updated_at: now,
    ...values,
  };
  await legacy.insert('sessions', row);
  const ended = row.status === 'stopped' ? { state: 'terminated', terminated_at: now } : { state: 'running' };
  await legacy.insert('relay_instances', {
    id: rly,
    session_id: row.id,
    instance_id: instanceId,
    region: row.region,
    public_ip: '203.0.113.50',
    launched_at: startedAt,
    created_at: startedAt,
    ...ended,
  });
  return { id: row.id, instanceId, connectionId: String(row.connection_id) };
}

/** What was billed for a session, in the cycle that began ten days before `now` unless told otherwise. */
export async function addLegacyBill(
  legacy: LegacyDatabase,
  now: Date,
  bill: { userId: string; sessionId: string; seconds: number },
  values: Record<string, unknown> = {},
): Promise<void> {
  await legacy.insert('usage_records', {
    id: `use_${bill.sessionId}`,
    user_id: bill.userId,
    session_id: bill.sessionId,
    cycle_start_at: plus(now, -10 * 86_400),
    cycle_end_at: plus(now, 20 * 86_400),
    measured_seconds: bill.seconds,
    reconciled_seconds: 0,
    billable_seconds: bill.seconds,
    overage_seconds: 0,
    created_at: now,
    updated_at: now,
    ...values,
  });
}
