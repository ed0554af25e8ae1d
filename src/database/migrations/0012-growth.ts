import type { Migration } from './migration.ts';

/** What keeps the cost of the cleanup and of heartbeats the same however much is stored. */
export const growth: Migration = {
  name: '0012-growth',

  async up(knex) {
    await knex.raw(`
      -- The cleanup looks for these; without an index each of its batches would read the whole table.
      create index relay_sessions_stopped_at_idx on relay_sessions (stopped_at) where stopped_at is not null;
      create index auth_sessions_revoked_at_idx on auth_sessions (revoked_at) where revoked_at is not null;
      create index relay_instances_terminated_at_idx on relay_instances (terminated_at) where terminated_at is not null;
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop index relay_instances_terminated_at_idx, auth_sessions_revoked_at_idx, relay_sessions_stopped_at_idx;
    `);
  },
};
