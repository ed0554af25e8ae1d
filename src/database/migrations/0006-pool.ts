import type { Migration } from './migration.ts';

/** Always-on relay hosts, and which of their places are whose. */
export const pool: Migration = {
  name: '0006-pool',

  async up(knex) {
    await knex.raw(`
      create table pool_hosts (
        id text primary key,
        region text not null,
        host text not null constraint pool_hosts_host_key unique,
        ip text not null,
        srt_port integer not null check (srt_port between 1 and 65535),
        player_port integer not null check (player_port between 1 and 65535),
        stats_port integer not null check (stats_port between 1 and 65535),
        sls_port integer not null check (sls_port between 1 and 65535),
        max_sessions integer not null check (max_sessions >= 1),
        -- Places taken: assignments that aren't released. Never more than there are, whoever counts wrongly.
        sessions integer not null default 0 constraint pool_hosts_places check (sessions between 0 and max_sessions),
        state text not null default 'open' check (state in ('open', 'cordoned', 'draining')),
        health text not null default 'unknown' check (health in ('unknown', 'healthy', 'unhealthy')),
        -- Checks in a row that went the same way; one of the two is always 0.
        failures integer not null default 0 check (failures >= 0),
        successes integer not null default 0 check (successes >= 0 and least(failures, successes) = 0),
        -- When the last check began; null: one is due.
        checked_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      -- Two hosts at one address and API port would share their stream ids.
      create unique index pool_hosts_address_key on pool_hosts (ip, sls_port);
      create index pool_hosts_region_idx on pool_hosts (region, sessions);

      create table pool_assignments (
        instance_id text primary key,
        provision_token text not null constraint pool_assignments_provision_token_key unique,
        -- Gone with its host only once it is released.
        host_id text references pool_hosts (id) on delete set null,
        region text not null,
        session_id text not null,
        user_id text references users (id) on delete set null,
        deployment text not null,
        stream_token text not null,
        state text not null check (state in ('assigned', 'serving', 'releasing', 'released')),
        -- How far an assigned one has come.
        step text not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        released_at timestamptz,
        check ((state = 'released') = (released_at is not null)),
        check (state = 'released' or host_id is not null)
      );
      -- A host knows a stream by its token: two sessions cannot share one there.
      create unique index pool_assignments_stream_key on pool_assignments (host_id, stream_token)
        where state <> 'released';
      create index pool_assignments_deployment_idx on pool_assignments (deployment, instance_id)
        where state <> 'released';
      create index pool_assignments_host_id_idx on pool_assignments (host_id);
      create index pool_assignments_user_id_idx on pool_assignments (user_id);
      create index pool_assignments_released_at_idx on pool_assignments (released_at) where released_at is not null;
    `);
  },

  async down(knex) {
    await knex.raw('drop table pool_assignments, pool_hosts');
  },
};
