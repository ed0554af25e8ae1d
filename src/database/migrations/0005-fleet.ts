import type { Migration } from './migration.ts';

/** What a fleet of several relays, regions and providers needs: migrations of sessions, placements, and who may act. */
export const fleet: Migration = {
  name: '0005-fleet',

  async up(knex) {
    await knex.raw(`
      alter table relay_sessions
        -- Whose address may read the relay's statistics.
        add column caller_address text,
        -- Name that leads to the relay, once DNS has been told.
        add column relay_hostname text,
        -- {region, step, tries, instance_id, started_at, drain_until, failure}: a move to another relay.
        add column migration jsonb
          constraint relay_sessions_migrates check (migration is null or status in ('active', 'grace'));
      create index relay_sessions_migration_idx on relay_sessions (id) where migration is not null;
      -- What launches are like in each region: the newest ones, and those under way.
      create index relay_sessions_launches_idx on relay_sessions (region, activated_at) include (created_at)
        where activated_at is not null;
      create index relay_sessions_launching_idx on relay_sessions (region, created_at) where status = 'provisioning';

      -- Where a launch is tried; stored before the provider is asked.
      alter table relay_instances
        add column placement text,
        -- When the provider named it; it may not show it at once.
        add column launched_at timestamptz;

      -- One row: whether the reconciler may act, and on which database it last did.
      create table fleet_control (
        id boolean primary key default true check (id),
        report_only boolean not null default false,
        reason text,
        database_identity text,
        changed_at timestamptz not null,
        check (report_only = (reason is not null))
      );
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop table fleet_control;
      alter table relay_instances drop column launched_at, drop column placement;
      drop index relay_sessions_launching_idx, relay_sessions_launches_idx;
      alter table relay_sessions drop column migration, drop column relay_hostname, drop column caller_address;
    `);
  },
};
