import type { Migration } from './migration.ts';

/** Relay sessions with their events, instances, usage ledger and idempotency keys, and the service's own alive marks. */
export const relays: Migration = {
  name: '0002-relays',

  async up(knex) {
    await knex.raw(`
      create table relay_sessions (
        id text primary key,
        user_id text not null references users (id) on delete cascade,
        connection_id uuid,
        status text not null check (status in ('provisioning', 'active', 'grace', 'stopped')),
        version integer not null check (version >= 1),
        provision_step text not null,
        provision_attempt integer not null default 1,
        region text not null,
        slot_number integer not null,
        stream_token text not null,
        pair_token text not null,
        relay_ws_token text not null,
        requested_by text not null default '',
        instance_id text,
        public_ip text,
        srt_port integer not null,
        player_port integer not null,
        stats_port integer not null,
        sls_port integer not null,
        ingest_state text not null default 'never' check (ingest_state in ('never', 'active', 'lost')),
        last_observed_at timestamptz,
        stop_requested_at timestamptz,
        stop_reason text,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        activated_at timestamptz,
        -- Start of the interval that is open now; closed ones are in usage_intervals.
        active_since timestamptz,
        -- Sum of the session's closed intervals.
        billed_seconds integer not null default 0 check (billed_seconds >= 0),
        grace_started_at timestamptz,
        stopped_at timestamptz,
        stop_cause text,
        failure_code text,
        failure_message text,
        provision_expires_at timestamptz not null,
        lease_expires_at timestamptz,
        grace_expires_at timestamptz,
        cap_expires_at timestamptz,
        -- What the deadline scan looks for.
        next_deadline_at timestamptz generated always as (
          case status
            when 'provisioning' then provision_expires_at
            when 'active' then least(lease_expires_at, cap_expires_at)
            when 'grace' then least(grace_expires_at, cap_expires_at)
          end
        ) stored,
        check ((status = 'active') = (active_since is not null)),
        check ((status = 'active') = (lease_expires_at is not null)),
        check ((status = 'grace') = (grace_expires_at is not null)),
        check ((status = 'stopped') = (stopped_at is not null)),
        check (status not in ('active', 'grace') or (activated_at is not null and instance_id is not null)),
        check ((failure_code is null) = (failure_message is null))
      );
      -- At most one live session per connection; a session without a connection counts as one of its own.
      create unique index relay_sessions_live_key on relay_sessions
        (user_id, coalesce(connection_id, '00000000-0000-0000-0000-000000000000'::uuid)) where status <> 'stopped';
      create index relay_sessions_user_id_idx on relay_sessions (user_id, created_at);
      create index relay_sessions_next_deadline_at_idx on relay_sessions (next_deadline_at) where status <> 'stopped';

      create table relay_session_events (
        id bigint generated always as identity primary key,
        session_id text not null references relay_sessions (id) on delete cascade,
        user_id text not null,
        from_status text,
        to_status text not null,
        cause text not null,
        actor text not null,
        at timestamptz not null,
        recorded_at timestamptz not null,
        request_id text
      );
      create index relay_session_events_session_id_idx on relay_session_events (session_id, id);

      create table relay_provision_steps (
        session_id text not null references relay_sessions (id) on delete cascade,
        attempt integer not null,
        step text not null,
        reached_at timestamptz not null,
        primary key (session_id, attempt, step)
      );

      -- Written before the provider is called: a crash leaves the intent, and with it a way to find the instance.
      create table relay_instances (
        id text primary key,
        -- Outlives its session, so that an instance is never forgotten.
        session_id text not null,
        attempt integer not null,
        provider text not null,
        provision_token text not null constraint relay_instances_provision_token_key unique,
        region text not null,
        state text not null check (state in ('requested', 'running', 'terminating', 'terminated')),
        instance_id text,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        terminated_at timestamptz,
        check ((state = 'terminated') = (terminated_at is not null)),
        unique (session_id, attempt)
      );
      create unique index relay_instances_instance_id_key on relay_instances (provider, instance_id);
      create index relay_instances_open_idx on relay_instances (updated_at) where state <> 'terminated';

      create table idempotency_keys (
        user_id text not null references users (id) on delete cascade,
        operation text not null,
        key uuid not null,
        fingerprint text not null,
        session_id text not null references relay_sessions (id) on delete cascade,
        created_at timestamptz not null,
        primary key (user_id, operation, key)
      );
      create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
      create index idempotency_keys_session_id_idx on idempotency_keys (session_id);

      -- The ledger: closed intervals of billable time, [started_at, ended_at), never changed.
      create table usage_intervals (
        session_id text not null references relay_sessions (id) on delete cascade,
        seq integer not null check (seq >= 1),
        user_id text not null,
        started_at timestamptz not null check (started_at = date_trunc('second', started_at)),
        ended_at timestamptz not null check (ended_at = date_trunc('second', ended_at)),
        primary key (session_id, seq),
        check (ended_at >= started_at)
      );
      create index usage_intervals_user_id_idx on usage_intervals (user_id, ended_at) include (started_at);

      create table alive_marks (
        role text primary key check (role in ('api', 'worker')),
        at timestamptz not null
      );

      create table outages (
        id bigint generated always as identity primary key,
        role text not null,
        started_at timestamptz not null,
        ended_at timestamptz not null,
        check (ended_at > started_at)
      );
      create index outages_ended_at_idx on outages (ended_at);

      create table relay_manifests (
        region text primary key,
        ami_id text not null,
        default_instance_type text not null,
        position integer not null,
        updated_at timestamptz not null
      );
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop table relay_manifests, outages, alive_marks, usage_intervals, idempotency_keys, relay_instances,
        relay_provision_steps, relay_session_events, relay_sessions
    `);
  },
};
