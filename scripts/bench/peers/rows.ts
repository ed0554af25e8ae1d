import { addSeconds, type Clock } from '../../../src/clock.ts';
import type { Database } from '../../../src/database/connect.ts';
import { createAccessTokens } from '../../../src/features/auth/access-token.ts';

/** A user with a device that is signed in and a relay that is up. */
export interface BenchUser {
  token: string;
  connectionId: string;
  sessionId: string;
  instanceId: string;
}

/** Sessions of a user that are over, each with what was billed for it. */
const ENDED_SESSIONS = 5;

/** One number in each name; times on whole seconds, so that all that counts seconds counts them at the same moment. */
const FILL = [
  `insert into users (id, email, display_name, plan_tier, plan_status, plan_status_at, cycle_anchor_at, created_at, updated_at)
   select 'usr_bench_' || n, 'bench-' || n || '@example.com', 'Streamer ' || n, 'pro', 'active', t.at, t.at, t.at, t.at
     from generate_series(1, :count) n, (select :now::timestamptz - interval '100 days' as at) t`,
  `insert into auth_sessions (id, user_id, client_platform, client_version, device_name, refresh_counter, refreshed_at,
       refresh_used_at, created_at, expires_at, absolute_expires_at)
   select 'aut_bench_' || n, 'usr_bench_' || n, 'windows', '0.0.5', 'STREAM-PC', 0, t.at, t.at, t.at,
       t.at + interval '30 days', t.at + interval '365 days'
     from generate_series(1, :count) n, (select :now::timestamptz as at) t`,
  `insert into stream_slots (user_id, slot_number, label, stream_token, relay_slug, created_at, updated_at)
   select 'usr_bench_' || n, slot, 'Slot ' || slot, 'token-' || n || '-' || slot, 'slug-' || n || '-' || slot, t.at, t.at
     from generate_series(1, :count) n, generate_series(1, 3) slot, (select :now::timestamptz as at) t`,
  `insert into relay_sessions (id, user_id, connection_id, status, version, provision_step, region, slot_number,
       stream_token, pair_token, relay_ws_token, requested_by, instance_id, public_ip, srt_port, player_port, stats_port,
       sls_port, ingest_state, created_at, updated_at, activated_at, active_since, metered_since, billed_seconds,
       stopped_at, stop_cause, provision_expires_at, lease_expires_at, cap_expires_at)
   select 'ses_bench_' || n || '_' || s, 'usr_bench_' || n,
       ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
       case when t.live then 'active' else 'stopped' end, 7, 'ready', 'us-east-1', 1,
       'token-' || n || '-1', 'pair-' || n, 'ws-' || n, 'obs-plugin', 'i-bench-' || n || '-' || s, '203.0.113.24',
       5000, 4000, 5080, 8090, 'active', t.at, t.at, t.at,
       case when t.live then t.at end, case when t.live then t.at end, case when t.live then 0 else 1800 end,
       case when not t.live then t.at + interval '30 minutes' end, case when not t.live then 'user_requested' end,
       t.at + interval '3 minutes', case when t.live then :now::timestamptz + interval '1 day' end,
       t.at + interval '16 hours'
     from generate_series(1, :count) n, generate_series(0, :ended) s,
       lateral (select s = 0 as live, :now::timestamptz - interval '10 minutes' - s * interval '12 hours' as at) t`,
  `insert into usage_intervals (session_id, seq, user_id, started_at, ended_at)
   select id, 1, user_id, created_at, stopped_at from relay_sessions where status = 'stopped'`,
  `insert into usage_adjustments (id, user_id, session_id, seconds, at, reason, created_at)
   select 'adj_bench_' || n, 'usr_bench_' || n, null, 60, t.at, 'bench', t.at
     from generate_series(1, :count) n, (select :now::timestamptz - interval '1 hour' as at) t`,
];

/** Fills an empty, migrated database with users that all have the same things. */
export async function fillRows(database: Database, count: number, now: Date): Promise<void> {
  const at = new Date(now).setMilliseconds(0);
  for (const statement of FILL) {
    await database.raw(statement, { count, ended: ENDED_SESSIONS, now: new Date(at).toISOString() });
  }
  await database.raw('vacuum analyze');
}

/** Users of `fillRows` with tokens that are good for 15 minutes from now. */
export async function signInUsers(count: number, jwtSecret: string, clock: Clock): Promise<BenchUser[]> {
  const tokens = createAccessTokens([jwtSecret], clock);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return Promise.all(
    numbers.map(async (n) => ({
      token: await tokens.sign({ userId: `usr_bench_${n}`, authSessionId: `aut_bench_${n}`, refreshCounter: 0 }),
      connectionId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      sessionId: `ses_bench_${n}_0`,
      instanceId: `i-bench-${n}-0`,
    })),
  );
}

/** Puts the leases that reports have made short back to a day, so that no session lapses while others are measured. */
export async function renewLeases(database: Database, now: Date): Promise<void> {
  await database('relay_sessions')
    .where({ status: 'active' })
    .andWhere('lease_expires_at', '<', addSeconds(now, 43_200))
    .update({ lease_expires_at: addSeconds(now, 86_400) });
}
