import type { Database, Transaction } from '../../../src/database/connect.ts';

/** How much is stored; each user has had ten sessions in the last 400 days, each with five intervals. */
export interface Size {
  users: number;
  /** Sessions that are live now. */
  streams: number;
}

export const SESSIONS_A_USER = 10;
export const INTERVALS_A_SESSION = 5;
/** Rows of sessions that are made at a time. */
const BLOCK = 20_000;

/** Which session is which: its place in time, of `:sessions` in the 400 days before `:now`, decides on its user. */
const NUMBERED = `
  select n, :now::timestamptz - interval '400 days' * (1 - n::float8 / :sessions) as at,
    'usr_' || md5((n % :users)::text) as user_id,
    'ses_' || lpad(to_hex(n), 12, '0') || left(md5(n::text), 20) as id
  from generate_series(:from::bigint, :to::bigint) as n`;

/** A session's life: up after 20 s, stopped after an hour, with what is stored beside it. */
const OF_SESSIONS = [
  `insert into relay_sessions (id, user_id, connection_id, status, version, provision_step, region, slot_number, stream_token,
     pair_token, relay_ws_token, requested_by, instance_id, public_ip, srt_port, player_port, stats_port, sls_port, ingest_state,
     created_at, updated_at, activated_at, billed_seconds, stopped_at, stop_cause, provision_expires_at)
   select id, user_id, md5('c' || user_id)::uuid, 'stopped', 8, 'ready', (array['us-east-1', 'eu-west-1'])[1 + n % 2], 1,
     left(md5(id), 12), 'pair', md5(id), 'plugin', 'i-' || id, '192.0.2.10', 5000, 4000, 5080, 8090, 'active',
     at, at + interval '1 hour', at + interval '20 s', 3000, at + interval '1 hour', 'user_requested', at + interval '180 s'
   from block`,
  `insert into relay_session_events (session_id, user_id, from_status, to_status, cause, actor, at, recorded_at)
   select id, user_id, (array[null, 'provisioning', 'active'])[e], (array['provisioning', 'active', 'stopped'])[e],
     (array['requested', 'provisioned', 'user_requested'])[e], 'user', at + interval '20 min' * (e - 1), at
   from block, generate_series(1, 3) as e`,
  `insert into relay_provision_steps (session_id, attempt, step, reached_at)
   select id, 1, 'step ' || p, at + interval '5 s' * p from block, generate_series(1, 3) as p`,
  `insert into relay_instances (id, session_id, attempt, provider, provision_token, region, state, instance_id, created_at,
     updated_at, terminated_at)
   select 'rly' || substr(id, 4), id, 1, 'aws', id || ':1', 'us-east-1', 'terminated', 'i-' || id, at, at + interval '1 hour',
     at + interval '1 hour'
   from block where at > :now::timestamptz - interval '89 days'`,
  `insert into usage_intervals (session_id, seq, user_id, started_at, ended_at)
   select id, i, user_id, date_trunc('second', at) + interval '10 min' * i, date_trunc('second', at) + interval '10 min' * (i + 1)
   from block, generate_series(1, ${INTERVALS_A_SESSION}) as i`,
  `insert into usage_adjustments (id, user_id, session_id, seconds, at, reason, created_at)
   select 'adj' || substr(id, 4), user_id, id, 60, at + interval '1 hour', 'test', at + interval '1 hour'
   from block where n % 20 = 0`,
  `insert into idempotency_keys (user_id, operation, key, fingerprint, session_id, created_at)
   select user_id, 'startRelay', md5(id)::uuid, 'f', id, at from block
   where at between :now::timestamptz - interval '1 day' and :now::timestamptz`,
];

const OF_USERS = [
  `insert into users (id, email, plan_tier, plan_status_at, cycle_anchor_at, created_at, updated_at, claimable)
   select 'usr_' || md5(u::text), u || '@example.com', 'pro', :now, date_trunc('second', :now::timestamptz) - interval '420 days',
     :now, :now, false
   from generate_series(:from::bigint, :to::bigint) as u`,
  `insert into auth_sessions (id, user_id, client_platform, refreshed_at, refresh_used_at, created_at, expires_at,
     absolute_expires_at, revoked_at, revoke_reason)
   select 'aut_' || md5(d || ' ' || u), 'usr_' || md5(u::text), 'windows', :now, :now, :now, :now::timestamptz + interval '30 days',
     :now::timestamptz + interval '90 days', case d when 2 then :now::timestamptz - interval '9 days' end,
     case d when 2 then 'logout' end
   from generate_series(:from::bigint, :to::bigint) as u, generate_series(1, 2) as d`,
  `insert into stream_slots (user_id, slot_number, label, stream_token, relay_slug, created_at, updated_at)
   select 'usr_' || md5(u::text), 1, 'Stream 1', left(md5('t' || u), 12), to_hex(u), :now, :now
   from generate_series(:from::bigint, :to::bigint) as u`,
  `insert into billing_events (id, body_sha256, body, received_at, state, event_name, user_id, processed_at)
   select 'bev_' || md5(u::text), sha256(convert_to(u::text, 'UTF8')), convert_to(repeat(md5(u::text), 16), 'UTF8'),
     :now::timestamptz - interval '399 days' * (u::float8 / :users), 'applied', 'subscription_updated',
     'usr_' || md5(u::text), :now
   from generate_series(:from::bigint, :to::bigint) as u`,
];

/** What only some have: one of ten a subscription, a sign-in under way, requests that count and a place at a host. */
const OF_SOME = [
  `insert into subscriptions (id, user_id, order_id, synced_at, sync_due_at)
   select 'sub_' || u, 'usr_' || md5(u::text), 'ord_' || u, :now, :now::timestamptz + interval '1 day'
   from generate_series(:from::bigint, :to::bigint, 10) as u`,
  `insert into subscription_snapshots (subscription_id, updated_at, rank, status, variant_id, quantity, recorded_at)
   select 'sub_' || u, :now::timestamptz - interval '30 days' * s, 1, 'active', '1', 1, :now
   from generate_series(:from::bigint, :to::bigint, 10) as u, generate_series(0, 2) as s`,
  `insert into plugin_login_attempts (id, poll_token_hash, client_platform, requester_address, user_code, created_at, expires_at)
   select 'pla_' || md5(u::text), sha256(convert_to(u::text, 'UTF8')), 'windows', '192.0.2.1', 'code ' || u, :now,
     :now::timestamptz + interval '10 min'
   from generate_series(:from::bigint, :to::bigint, 10) as u`,
  `insert into rate_limits (key, points, expire)
   select 'user ' || u, 1, extract(epoch from :now::timestamptz)::bigint * 1000 + 3600000
   from generate_series(:from::bigint, :to::bigint, 10) as u`,
  `insert into pool_assignments (instance_id, provision_token, region, session_id, user_id, deployment, stream_token, state, step,
     created_at, updated_at, released_at)
   select 'pas_' || md5(u::text), 'pas_' || u, 'us-east-1', 'ses_' || u, 'usr_' || md5(u::text), 'bench', md5(u::text), 'released',
     'ready', :now, :now, :now
   from generate_series(:from::bigint, :to::bigint, 10) as u`,
];

/** Live sessions: each of a user, with its relay and a lease that is good for an hour. */
const OF_STREAMS = [
  `insert into relay_sessions (id, user_id, connection_id, status, version, provision_step, region, slot_number, stream_token,
     pair_token, relay_ws_token, requested_by, instance_id, public_ip, srt_port, player_port, stats_port, sls_port, ingest_state,
     created_at, updated_at, activated_at, active_since, metered_since, provision_expires_at, lease_expires_at, cap_expires_at)
   select 'ses_' || lpad(to_hex(:sessions::bigint + n), 12, '0') || left(md5('l' || n), 20), 'usr_' || md5((n % :users)::text),
     gen_random_uuid(), 'active', 7, 'ready', 'us-east-1', 1, left(md5('l' || n), 12), 'pair', md5('l' || n), 'plugin', 'i-live-' || n,
     '192.0.2.10', 5000, 4000, 5080, 8090, 'active', :now::timestamptz - interval '1 hour', :now, :now::timestamptz - interval '59 min',
     :now::timestamptz - interval '59 min', :now::timestamptz - interval '59 min', :now::timestamptz - interval '57 min',
     :now::timestamptz + interval '1 hour', :now::timestamptz + interval '15 hours'
   from generate_series(0, :streams::bigint - 1) as n`,
  `insert into relay_instances (id, session_id, attempt, provider, provision_token, region, state, instance_id, created_at, updated_at)
   select 'rly' || substr(id, 4), id, 1, 'aws', id || ':1', region, 'running', instance_id, created_at, updated_at
   from relay_sessions where status = 'active'`,
];

const TABLES = 'users, relay_instances, rate_limits, pool_assignments';

/**
 * Fills empty tables by SQL, with all their indexes in place and in the order of time, as life does; foreign keys are not
 * checked, which needs a superuser.
 *
 * @param onProgress hears which share of the rows is there.
 */
export async function fillTables(
  database: Database,
  { users, streams }: Size,
  now: Date,
  onProgress: (share: number) => void = () => {},
): Promise<void> {
  const sessions = users * SESSIONS_A_USER;
  const about = { users, sessions, streams, now };
  await inBlocks(users, async (from, to) => {
    await unchecked(database, (trx) => runAll(trx, [...OF_USERS, ...OF_SOME], { ...about, from, to }));
  });
  await inBlocks(sessions, async (from, to) => {
    await unchecked(database, async (trx) => {
      await trx.raw(`create temporary table block on commit drop as ${NUMBERED}`, { ...about, from, to });
      await runAll(trx, OF_SESSIONS, about);
    });
    onProgress((to + 1) / sessions);
  });
  await addLiveSessions(database, { users, streams }, now);
  await database.raw('vacuum analyze');
}

/** Adds the live sessions alone. */
export async function addLiveSessions(database: Database, { users, streams }: Size, now: Date): Promise<void> {
  const about = { users, sessions: users * SESSIONS_A_USER, streams, now };
  await unchecked(database, (trx) => runAll(trx, OF_STREAMS, about));
}

/** Empties what `fillTables` fills. */
export async function emptyTables(database: Database): Promise<void> {
  await database.raw(`truncate ${TABLES} cascade`);
}

async function inBlocks(count: number, run: (from: number, to: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += BLOCK) await run(from, Math.min(from + BLOCK, count) - 1);
}

async function unchecked(database: Database, work: (trx: Transaction) => Promise<void>): Promise<void> {
  await database.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await work(trx);
  });
}

type Values = { users: number; sessions: number; streams: number; now: Date; from?: number; to?: number };

async function runAll(trx: Transaction, statements: readonly string[], values: Values): Promise<void> {
  for (const sql of statements) await trx.raw(sql, values);
}
