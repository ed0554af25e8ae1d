import type { Migration } from './migration.ts';

/** What is sold: webhooks as they came, subscriptions with all that was said of them, and what accounts have of it. */
export const billing: Migration = {
  name: '0004-billing',

  async up(knex) {
    await knex.raw(`
      -- plan_tier and plan_status are the plan that an operator or an import gave; since when:
      alter table users add column plan_status_at timestamptz;
      update users set plan_status_at = updated_at;
      alter table users alter column plan_status_at set not null;
      -- What billing derived for the account, so that reading an account reads one row.
      alter table users add column subscriptions jsonb not null default '[]'
        check (jsonb_typeof(subscriptions) = 'array');
      -- When time alone changes what the account may do.
      alter table users add column plan_deadline_at timestamptz;
      create index users_plan_deadline_at_idx on users (plan_deadline_at) where plan_deadline_at is not null;

      create table billing_events (
        id text primary key,
        -- There is no event id: a webhook is known by its bytes.
        body_sha256 bytea not null constraint billing_events_body_sha256_key unique check (length(body_sha256) = 32),
        body bytea not null,
        received_at timestamptz not null,
        state text not null default 'received' check (state in ('received', 'applied', 'ignored', 'dead')),
        event_name text,
        reason text,
        detail text,
        attempts integer not null default 0 check (attempts >= 0),
        user_id text references users (id) on delete cascade,
        subscription_id text,
        processed_at timestamptz,
        check (state <> 'dead' or reason is not null)
      );
      create index billing_events_received_at_idx on billing_events (received_at);
      create index billing_events_unsettled_idx on billing_events (state, received_at) where state in ('received', 'dead');
      create index billing_events_user_id_idx on billing_events (user_id) where user_id is not null;

      create table subscriptions (
        id text primary key,
        -- Null until an event has told whose it is.
        user_id text references users (id) on delete cascade,
        order_id text not null,
        synced_at timestamptz,
        sync_due_at timestamptz
      );
      create index subscriptions_user_id_idx on subscriptions (user_id);
      create index subscriptions_order_id_idx on subscriptions (order_id);
      create index subscriptions_sync_due_at_idx on subscriptions (sync_due_at) where sync_due_at is not null;

      create table subscription_snapshots (
        subscription_id text not null references subscriptions (id) on delete cascade,
        updated_at timestamptz not null,
        rank smallint not null,
        status text not null
          check (status in ('on_trial', 'active', 'paused', 'past_due', 'unpaid', 'cancelled', 'expired')),
        variant_id text not null,
        quantity integer not null check (quantity >= 0),
        trial_ends_at timestamptz,
        renews_at timestamptz,
        ends_at timestamptz,
        billing_anchor smallint check (billing_anchor between 1 and 31),
        recorded_at timestamptz not null,
        primary key (subscription_id, updated_at, rank)
      );

      -- A refund may arrive before the subscription that it is about.
      create table subscription_refunds (
        event_id text primary key,
        subscription_id text,
        order_id text,
        refunded_at timestamptz not null,
        check ((subscription_id is null) <> (order_id is null)),
        unique (subscription_id, refunded_at),
        unique (order_id, refunded_at)
      );
    `);
  },

  async down(knex) {
    await knex.raw(`
      drop table subscription_refunds, subscription_snapshots, subscriptions, billing_events;
      alter table users drop column plan_deadline_at, drop column subscriptions, drop column plan_status_at;
    `);
  },
};
