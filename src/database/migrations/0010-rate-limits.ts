import type { Migration } from './migration.ts';

/** Counts of requests, for servers that share their limits. The first three columns are rate-limiter-flexible's. */
export const rateLimits: Migration = {
  name: '0010-rate-limits',

  async up(knex) {
    await knex.raw(`
      -- Lost in a crash, which only begins the windows anew; without a log each count costs no write to disk.
      create unlogged table rate_limits (
        -- What is limited, and a keyed hash of who.
        key text primary key,
        points integer not null,
        -- Milliseconds since 1970.
        expire bigint not null,
        expires_at timestamptz not null generated always as (to_timestamp(expire / 1000.0)) stored
      ) with (
        -- Rows change in place, with each request: room in their page keeps the indexes out of it.
        fillfactor = 50,
        autovacuum_vacuum_scale_factor = 0.05
      );
      create index rate_limits_expires_at_idx on rate_limits (expires_at);
    `);
  },

  async down(knex) {
    await knex.raw('drop table rate_limits');
  },
};
