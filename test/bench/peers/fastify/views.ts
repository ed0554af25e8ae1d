import type { Plans } from '../../../../src/features/account/index.ts';
import type { SessionRow, SlotRow, Span, UserRow } from './queries.ts';

const GRACE_SECONDS = 600;
const MOST_SECONDS = 57_600;

/** A session as `GET /relay/active` shows it. @param now in milliseconds. */
export function toSession(row: SessionRow, now: number) {
  const instance = row.instance_id ?? undefined;
  const address = row.public_ip ?? undefined;
  return {
    session_id: row.id,
    connection_id: row.connection_id ?? undefined,
    status: row.status,
    provision_step: row.provision_step,
    region: row.region,
    instance_id: instance,
    relay: {
      instance_id: instance,
      public_ip: address,
      srt_port: row.srt_port,
      player_port: row.player_port,
      stats_port: row.stats_port,
      sls_port: row.sls_port,
      relay_hostname: row.relay_hostname ?? undefined,
    },
    credentials: { pair_token: row.pair_token, relay_ws_token: row.relay_ws_token, stream_token: row.stream_token },
    sender_url: address && `srtla://${row.relay_hostname ?? address}:${row.srt_port}`,
    media_source_url: address && `srt://${address}:${row.player_port}?streamid=play_${row.stream_token}`,
    timers: {
      grace_window_seconds: GRACE_SECONDS,
      grace_remaining_seconds: remaining(row.grace_expires_at, GRACE_SECONDS, now),
      max_session_seconds: MOST_SECONDS,
      max_session_remaining_seconds: remaining(row.cap_expires_at, MOST_SECONDS, now),
      lease_expires_at: row.lease_expires_at?.toISOString() ?? null,
    },
    usage: {
      started_at: row.activated_at && new Date(floorSecond(row.activated_at.getTime())).toISOString(),
      ended_at: null,
      duration_seconds: row.billed_seconds + row.adjusted_seconds + openSeconds(row, now),
    },
    failure: null,
    migration: null,
    version: row.version,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** What an account without subscriptions has used, and what is left of it. */
export function toUsage(user: UserRow, plans: Plans, parts: { cycle: Span; stored: number; live: SessionRow[] }) {
  const { cycle, stored, live } = parts;
  const now = Date.now();
  const consumed = live.reduce((sum, row) => sum + openSeconds(row, now, cycle.start.getTime()), stored);
  const included = plans[user.plan_tier].includedSeconds;
  return {
    included_seconds: included,
    consumed_seconds: consumed,
    remaining_seconds: included === null ? null : Math.max(0, included - consumed),
    overage_seconds: included === null ? 0 : Math.max(0, consumed - included),
  };
}

/** The answer to `GET /auth/session`, for an account without subscriptions. */
export function toAccount(
  user: UserRow,
  plans: Plans,
  { usage, live, slots }: { usage: ReturnType<typeof toUsage>; live: SessionRow[]; slots: SlotRow[] },
) {
  const plan = plans[user.plan_tier];
  const [newest] = live;
  const isOut = !plan.overageAllowed && usage.remaining_seconds === 0;
  const isFull = live.length >= plan.relays;
  const isPaid = plan.relays > 0;
  return {
    user: { id: user.id, email: user.email, display_name: user.display_name },
    entitlement: {
      relay_access_status: isPaid && !isOut ? 'enabled' : 'disabled',
      reason_code: reasonOf({ isPaid, isOut, isFull }),
      plan_tier: user.plan_tier,
      plan_status: user.plan_status,
      max_concurrent_conns: plan.relays,
      active_managed_conns: live.length,
    },
    usage,
    active_relay: newest ? { session_id: newest.id, status: newest.status } : null,
    active_sessions: live.map((row) => ({
      session_id: row.id,
      connection_id: row.connection_id ?? undefined,
      status: row.status,
      public_ip: row.public_ip ?? '',
      srt_port: row.srt_port,
      stream_token: row.stream_token,
    })),
    stream_slots: slots,
  };
}

function reasonOf({ isPaid, isOut, isFull }: Record<'isPaid' | 'isOut' | 'isFull', boolean>): string {
  if (!isPaid) return 'subscription_required';
  if (isOut) return 'time_bank_exhausted';
  return isFull ? 'connection_limit_reached' : 'ok';
}

function remaining(end: Date | null, whole: number, now: number): number {
  return end ? Math.min(whole, Math.max(0, Math.ceil((end.getTime() - now) / 1000))) : whole;
}

function openSeconds({ metered_since: since }: SessionRow, now: number, from = 0): number {
  if (!since) return 0;
  const start = Math.max(from, floorSecond(since.getTime()));
  return Math.max(0, (floorSecond(now) - start) / 1000);
}

function floorSecond(ms: number): number {
  return ms - (ms % 1000);
}
