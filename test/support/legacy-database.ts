import pg from 'pg';
import { openTestRun } from './test-run.ts';

/** A database as the Go service leaves one behind. */
export interface LegacyDatabase {
  url: string;
  insert(table: string, row: Record<string, unknown>): Promise<void>;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** Without references between tables, so that tests can have rows of nobody. */
const SCHEMA = `
  create table users (
    id text primary key, email text unique, display_name text, plan_tier text, plan_status text,
    cycle_start_at timestamptz, cycle_end_at timestamptz, included_seconds int, relay_slug varchar(8) unique,
    stream_token varchar(12) unique, eip_allocation_id text, eip_public_ip inet, addon_relay_count int,
    lemon_subscription_id text, lemon_customer_id text, created_at timestamptz, updated_at timestamptz);
  create table auth_sessions (
    id text primary key, user_id text, refresh_token_hash text unique, client_platform text, client_version text,
    device_name text, created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz, revoked_at timestamptz);
  create table plugin_login_attempts (
    id text primary key, poll_token_hash text, status text, user_id text, completed_session_id text,
    client_platform text, client_version text, device_name text, deny_reason_code text, expires_at timestamptz,
    completed_at timestamptz, created_at timestamptz);
  create table sessions (
    id text primary key, user_id text, connection_id text, relay_instance_id text, status text, provision_step text,
    region text, idempotency_key uuid, requested_by text, pair_token text, relay_ws_token text, started_at timestamptz,
    grace_started_at timestamptz, stopped_at timestamptz, max_session_seconds int default 57600,
    grace_window_seconds int default 600, duration_seconds int default 0, reconciled_seconds int default 0,
    created_at timestamptz, updated_at timestamptz);
  create table relay_instances (
    id text primary key, session_id text unique, instance_id text unique, region text, ami_id text, instance_type text,
    public_ip inet, srt_port int default 5000, ws_url text, state text, launched_at timestamptz,
    terminated_at timestamptz, last_health_at timestamptz, created_at timestamptz);
  create table idempotency_records (
    id bigserial primary key, user_id text, endpoint text, idempotency_key uuid, request_hash text,
    response_json jsonb, session_id text, created_at timestamptz, expires_at timestamptz,
    unique (user_id, endpoint, idempotency_key));
  create table usage_records (
    id text primary key, user_id text, session_id text, cycle_start_at timestamptz, cycle_end_at timestamptz,
    measured_seconds int, reconciled_seconds int, billable_seconds int, overage_seconds int, created_at timestamptz,
    updated_at timestamptz);
  create table relay_health_events (
    id bigserial primary key, session_id text, relay_instance_id text, observed_at timestamptz, ingest_active boolean,
    egress_active boolean, session_uptime_seconds int, payload_json jsonb, created_at timestamptz);
  create table relay_manifests (
    region text primary key, ami_id text, default_instance_type text, updated_at timestamptz);
  create table billing_events (
    id text primary key, event_name text, payload jsonb, received_at timestamptz, strange_column text);
`;

let databases = 0;

/** An empty one, by default in the run's own cluster. */
export async function createLegacyDatabase(cluster?: { urlOf(name: string): string }): Promise<LegacyDatabase> {
  const run = cluster ?? (await openTestRun());
  databases += 1;
  const name = `legacy_${process.pid}_${databases}`;
  const server = new pg.Client({ connectionString: run.urlOf('postgres') });
  await server.connect();
  await server.query(`create database ${name}`);
  const url = run.urlOf(name);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(SCHEMA);
  const query = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows;
  return {
    url,
    query,
    async insert(table, row) {
      const columns = Object.keys(row);
      const places = columns.map((_, index) => `$${index + 1}`);
      await query(`insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`, Object.values(row));
    },
    async drop() {
      await client.end();
      await server.query(`drop database ${name} with (force)`);
      await server.end();
    },
  };
}
