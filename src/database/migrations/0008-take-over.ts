import type { Migration } from './migration.ts';

/** What taking over from the Go service needs: its refresh tokens, and which of its rows have been brought in. */
export const takeOver: Migration = {
  name: '0008-take-over',

  async up(knex) {
    await knex.raw(`
      alter table auth_sessions
        -- SHA-256 of the refresh token that the Go service issued last; it counts as the one with the counter 0.
        add column legacy_token_hash bytea
          constraint auth_sessions_legacy_token_key unique check (length(legacy_token_hash) = 32);

      create table imported_rows (
        source_table text not null,
        source_id text not null,
        -- Null: it is about no user.
        user_id text references users (id) on delete cascade,
        -- What the row was there, and what was made of it here: who changed it since can be told by them.
        source_digest text not null,
        target_digest text,
        -- Billed time that was carried over for it.
        seconds integer,
        imported_at timestamptz not null,
        primary key (source_table, source_id)
      );
      create index imported_rows_user_id_idx on imported_rows (user_id);

      -- Outlives a deleted user without naming one, so that no later import brings the account back.
      create table imported_users (
        id_sha256 bytea primary key check (length(id_sha256) = 32),
        imported_at timestamptz not null
      );
    `);
  },

  async down(knex) {
    await knex.raw(`
      do $$ begin
        if exists (select from auth_sessions where legacy_token_hash is not null) then
          raise exception 'Plugins are signed in with tokens of the Go service, which would be lost. Restore a backup instead.';
        end if;
      end $$;
      drop table imported_users, imported_rows;
      alter table auth_sessions drop column legacy_token_hash;
    `);
  },
};
