import type { Migration } from './migration.ts';

/** Indexes for what launches are like in each region: the newest ones, and those under way. */
export const launchFigures: Migration = {
  name: '0006-launch-figures',

  async up(knex) {
    await knex.raw(`
      drop index relay_sessions_activated_at_idx;
      create index relay_sessions_launches_idx on relay_sessions (region, activated_at) include (created_at)
        where activated_at is not null;
      create index relay_sessions_launching_idx on relay_sessions (region, created_at) where status = 'provisioning';
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop index relay_sessions_launching_idx, relay_sessions_launches_idx;
      create index relay_sessions_activated_at_idx on relay_sessions (activated_at) where activated_at is not null;
    `);
  },
};
