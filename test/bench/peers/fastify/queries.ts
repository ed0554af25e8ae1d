import type { Pool } from 'pg';

/** A relay session, with the columns that answers are made of. */
export interface SessionRow {
  id: string;
  connection_id: string | null;
  status: string;
  version: number;
  provision_step: string;
  region: string;
  stream_token: string;
  pair_token: string;
  relay_ws_token: string;
  instance_id: string | null;
  public_ip: string | null;
  relay_hostname: string | null;
  srt_port: number;
  player_port: number;
  stats_port: number;
  sls_port: number;
  created_at: Date;
  updated_at: Date;
  activated_at: Date | null;
  stopped_at: Date | null;
  metered_since: Date | null;
  billed_seconds: number;
  adjusted_seconds: number;
  lease_expires_at: Date | null;
  grace_expires_at: Date | null;
  cap_expires_at: Date | null;
}

export interface UserRow {
  id: string;
  email: string;
  display_name: string;
  plan_tier: 'free' | 'starter' | 'standard' | 'pro' | 'internal';
  plan_status: string;
  cycle_anchor_at: Date;
}

export interface SlotRow {
  slot_number: number;
  label: string;
  stream_token: string;
}

const SESSION = `id, connection_id, status, version, provision_step, region, stream_token, pair_token, relay_ws_token,
  instance_id, public_ip, relay_hostname, srt_port, player_port, stats_port, sls_port, created_at, updated_at,
  activated_at, stopped_at, metered_since, billed_seconds, adjusted_seconds, lease_expires_at, grace_expires_at,
  cap_expires_at`;

/** Statements that PostgreSQL parses and plans once per connection: pg prepares what has a name. */
const SQL = {
  check: `select 1 from auth_sessions
    where id = $1 and user_id = $2 and revoked_at is null and absolute_expires_at > now() and refresh_counter >= $3`,
  user: 'select id, email, display_name, plan_tier, plan_status, cycle_anchor_at from users where id = $1',
  billed: `select coalesce(sum(extract(epoch from least(ended_at, $3) - greatest(started_at, $2))), 0)::int as seconds
    from usage_intervals where user_id = $1 and ended_at > $2 and started_at < $3`,
  adjusted: `select coalesce(sum(seconds), 0)::int as seconds
    from usage_adjustments where user_id = $1 and at >= $2 and at < $3`,
  live: `select ${SESSION} from relay_sessions
    where user_id = $1 and status <> 'stopped' order by created_at desc, id desc`,
  newest: `select ${SESSION} from relay_sessions
    where user_id = $1 and status <> 'stopped' order by created_at desc, id desc limit 1`,
  ofConnection: `select ${SESSION} from relay_sessions
    where user_id = $1 and connection_id = $2 and status <> 'stopped' order by created_at desc, id desc limit 1`,
  slots: `select slot_number, label, stream_token from stream_slots
    where user_id = $1 and slot_number <= $2 order by slot_number`,
  note: `insert into bench_reports (session_id, ingest_active, reported_at)
    select id, $3, $4 from relay_sessions where id = $1 and instance_id = $2 and status = 'active' returning 1`,
  renew: `update relay_sessions set lease_expires_at = $2, last_observed_at = $3 where id = $1
    returning status, lease_expires_at`,
};

/** The table of reports that the naive way writes beside the session; ours needs none. */
export const REPORTS_TABLE = `create table if not exists bench_reports (
  id bigint generated always as identity primary key,
  session_id text not null,
  ingest_active boolean,
  reported_at timestamptz not null
)`;

/** A stretch of time, `[start, end)`. */
export interface Span {
  start: Date;
  end: Date;
}

export type Queries = ReturnType<typeof createQueries>;

/** The peer's statements, one round trip each. */
export function createQueries(pool: Pool) {
  const run = async <Row>(name: keyof typeof SQL, values: unknown[]): Promise<Row[]> =>
    (await pool.query({ name, text: SQL[name], values })).rows;
  const seconds = async (name: 'billed' | 'adjusted', userId: string, { start, end }: Span): Promise<number> =>
    (await run<{ seconds: number }>(name, [userId, start, end]))[0]?.seconds ?? 0;

  return {
    /** Whether the device is still signed in. */
    isSignedIn: async (device: string, userId: string, counter: number) =>
      (await run('check', [device, userId, counter])).length > 0,
    user: async (id: string) => (await run<UserRow>('user', [id]))[0],
    billedSeconds: (userId: string, cycle: Span) => seconds('billed', userId, cycle),
    adjustedSeconds: (userId: string, cycle: Span) => seconds('adjusted', userId, cycle),
    liveSessions: (userId: string) => run<SessionRow>('live', [userId]),
    activeSession: async (userId: string, connectionId: string | undefined) =>
      connectionId === undefined
        ? (await run<SessionRow>('newest', [userId]))[0]
        : (await run<SessionRow>('ofConnection', [userId, connectionId]))[0],
    slots: (userId: string, relays: number) => run<SlotRow>('slots', [userId, relays]),
    /** False: no active session with that instance. */
    noteReport: async (sessionId: string, instanceId: string, ingestActive: boolean | null, at: Date) =>
      (await run('note', [sessionId, instanceId, ingestActive, at])).length > 0,
    renewLease: async (sessionId: string, until: Date, at: Date) =>
      (await run<{ status: string; lease_expires_at: Date }>('renew', [sessionId, until, at]))[0],
  };
}
