import type { Migration } from './migration.ts';

/** Users, their signed-in devices, login attempts and stream slots. */
export const accounts: Migration = {
  name: '0001-accounts',

  async up(knex) {
    await knex.raw(`
      create table users (
        id text primary key,
        email text not null check (email <> ''),
        display_name text not null default '',
        plan_tier text not null default 'free'
          check (plan_tier in ('free', 'starter', 'standard', 'pro', 'internal')),
        plan_status text not null default 'active'
          check (plan_status in ('trial', 'active', 'past_due', 'canceled')),
        -- Usage cycles are counted from here; whole seconds, so that cycles and intervals meet exactly.
        cycle_anchor_at timestamptz not null check (cycle_anchor_at = date_trunc('second', cycle_anchor_at)),
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create unique index users_email_key on users (lower(email));

      create table auth_sessions (
        id text primary key,
        user_id text not null references users (id) on delete cascade,
        client_platform text not null,
        client_version text,
        device_name text,
        -- The token with this counter is the current one; the tokens themselves are never stored.
        refresh_counter integer not null default 0 check (refresh_counter >= 0),
        refreshed_at timestamptz not null,
        -- Set once an access token minted with the current refresh token was accepted.
        refresh_used_at timestamptz,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        absolute_expires_at timestamptz not null check (absolute_expires_at >= expires_at),
        revoked_at timestamptz,
        revoke_reason text check (revoke_reason in ('logout', 'refresh_token_reused', 'operator')),
        check ((revoked_at is null) = (revoke_reason is null))
      );
      create index auth_sessions_user_id_idx on auth_sessions (user_id, created_at);
      create index auth_sessions_expires_at_idx on auth_sessions (expires_at);

      create table plugin_login_attempts (
        id text primary key,
        poll_token_hash bytea not null,
        status text not null default 'pending' check (status in ('pending', 'completed', 'denied', 'claimed')),
        user_id text references users (id) on delete cascade,
        reason_code text,
        client_platform text not null,
        client_version text,
        device_name text,
        requester_address text not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        last_polled_at timestamptz,
        decided_at timestamptz,
        claimed_at timestamptz,
        check ((status in ('completed', 'claimed')) = (user_id is not null)),
        check ((status = 'pending') = (decided_at is null))
      );
      create index plugin_login_attempts_expires_at_idx on plugin_login_attempts (expires_at);
      create index plugin_login_attempts_user_id_idx on plugin_login_attempts (user_id);

      create table stream_slots (
        user_id text not null references users (id) on delete cascade,
        slot_number integer not null check (slot_number >= 1),
        label text not null,
        stream_token text not null constraint stream_slots_stream_token_key unique,
        -- Name of the slot's relay in DNS; stays for ever, so that senders need no new address.
        relay_slug text not null constraint stream_slots_relay_slug_key unique,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (user_id, slot_number)
      );
    `);
  },

  async down(knex) {
    await knex.raw('drop table stream_slots, plugin_login_attempts, auth_sessions, users');
  },
};
