import type { Migration } from './migration.ts';

/**
 * What keeps the cost of the cleanup and of heartbeats the same however much is stored. The README tells what was measured
 * (`npm run bench -- growth`). Writes wait while the indexes are built.
 */
export const growth: Migration = {
  name: '0012-growth',

  async up(knex) {
    await knex.raw(`
      -- The cleanup looks for these; without an index each of its batches would read the whole table.
      create index relay_sessions_stopped_at_idx on relay_sessions (stopped_at) where stopped_at is not null;
      create index auth_sessions_revoked_at_idx on auth_sessions (revoked_at) where revoked_at is not null;
      create index relay_instances_terminated_at_idx on relay_instances (terminated_at) where terminated_at is not null;

      -- Each heartbeat moves the deadline: with it in an index each one writes to all indexes of the table. The scan for
      -- deadlines looks at every live session instead, by relay_sessions_live_key.
      drop index relay_sessions_next_deadline_at_idx;
      -- Ended sessions stay in that index until a vacuum that cleans indexes: that must not wait for a fifth of the table.
      alter table relay_sessions set (
        autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_threshold = 20000,
        vacuum_index_cleanup = on
      );
      -- Rows are only added to these: without vacuums the pages of what is new never count as visible to all, and every
      -- look into the ledger's index would go on to the table.
      alter table usage_intervals set (autovacuum_vacuum_insert_scale_factor = 0.02);
      alter table relay_session_events set (autovacuum_vacuum_insert_scale_factor = 0.02);
    `);
  },

  async down(knex) {
    await knex.raw(`
      alter table relay_session_events reset (autovacuum_vacuum_insert_scale_factor);
      alter table usage_intervals reset (autovacuum_vacuum_insert_scale_factor);
      alter table relay_sessions reset (
        autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, vacuum_index_cleanup
      );
      create index relay_sessions_next_deadline_at_idx on relay_sessions (next_deadline_at) where status <> 'stopped';
      drop index relay_instances_terminated_at_idx, auth_sessions_revoked_at_idx, relay_sessions_stopped_at_idx;
    `);
  },
};
