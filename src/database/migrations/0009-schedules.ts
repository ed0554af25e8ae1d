import type { Migration } from './migration.ts';

/** What lets several workers share the runs that repeat: which period of each was begun last. */
export const schedules: Migration = {
  name: '0009-schedules',

  async up(knex) {
    await knex.raw(`
      create table schedules (
        name text primary key,
        -- When the period began, by the database's own clock.
        period timestamptz not null
      );
    `);
  },

  async down(knex) {
    await knex.raw('drop table schedules');
  },
};
