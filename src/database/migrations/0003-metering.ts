import type { Migration } from './migration.ts';

/** What a session's bill goes by: its meter, the gaps that outages of ours left in it, and what was added behind them. */
export const metering: Migration = {
  name: '0003-metering',

  async up(knex) {
    await knex.raw(`
      alter table relay_sessions
        -- Fixed when the session is created: a change of the configuration changes no bill that has begun.
        add column metering text not null default 'session' check (metering in ('session', 'ingest')),
        -- The billable interval that is open, [metered_since, metered_until); without an end it is open to this moment.
        add column metered_since timestamptz,
        add column metered_until timestamptz,
        -- Whether usage_gaps has something that the relay's next report may fill.
        add column has_gaps boolean not null default false,
        -- Sum of what usage_adjustments has for the session.
        add column adjusted_seconds integer not null default 0;
      update relay_sessions set metered_since = active_since where active_since is not null;
      alter table relay_sessions
        add constraint relay_sessions_meter_runs check (metered_since is null or status = 'active'),
        add constraint relay_sessions_meter_starts check (metering = 'ingest' or status <> 'active' or metered_since is not null),
        add constraint relay_sessions_meter_ends
          check ((metered_until is not null) = (metering = 'ingest' and metered_since is not null)),
        add constraint relay_sessions_gaps check (not has_gaps or (status = 'active' and metering = 'ingest'));

      -- Billable time that no interval holds, such as what an outage of ours hid; [at] says which cycle it belongs to.
      create table usage_adjustments (
        id text primary key,
        user_id text not null references users (id) on delete cascade,
        -- Null: it is about the account as a whole.
        session_id text references relay_sessions (id) on delete cascade,
        seconds integer not null check (seconds <> 0),
        at timestamptz not null,
        reason text not null check (reason <> ''),
        -- The outage that it makes up for; outlives that row.
        outage_id bigint,
        created_at timestamptz not null,
        unique (session_id, outage_id, at)
      );
      create index usage_adjustments_user_id_idx on usage_adjustments (user_id, at) include (seconds);

      -- The part of an outage, [started_at, ended_at), for which a session that was active has not been billed.
      create table usage_gaps (
        session_id text not null references relay_sessions (id) on delete cascade,
        outage_id bigint not null,
        started_at timestamptz not null,
        ended_at timestamptz not null check (ended_at > started_at),
        -- When a report of the relay settled it.
        filled_at timestamptz,
        primary key (session_id, outage_id)
      );
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop table usage_gaps, usage_adjustments;
      alter table relay_sessions
        drop column adjusted_seconds, drop column has_gaps, drop column metered_until, drop column metered_since,
        drop column metering;
    `);
  },
};
