import type { Migration } from './migration.ts';

/** Sign-in through the browser: confirmation codes, whose browser an attempt is in, and identities of providers. */
export const browserLogin: Migration = {
  name: '0007-browser-login',

  async up(knex) {
    await knex.raw(`
      alter table plugin_login_attempts
        -- Empty for attempts that a server of an older version starts.
        add column user_code text not null default '',
        add column requester_country text,
        -- Of the web page that started it; null: no page did.
        add column requester_origin text,
        -- SHA-256 of the id of the browser that went on with the attempt; no other one may.
        add column browser_hash bytea;
      create unique index plugin_login_attempts_user_code_key on plugin_login_attempts (user_code)
        where status = 'pending' and user_code <> '';

      alter table users
        -- An operator or an import made the account, and nobody has signed in to it through a provider yet. Only of those
        -- must an e-mail be unique: it decides who may claim one. Others are found by their identity.
        add column claimable boolean not null default true,
        -- Sign-ins on the pages that began earlier are over.
        add column page_sessions_from timestamptz;
      drop index users_email_key;
      create unique index users_email_key on users (lower(email collate "C")) where claimable;
      create index users_email_idx on users (lower(email collate "C"));

      -- Who signs in at a provider: its issuer and subject never change, the e-mail may.
      create table user_identities (
        issuer text not null,
        subject text not null,
        user_id text not null references users (id) on delete cascade,
        -- The verified one that the provider told last; null: none.
        email text,
        created_at timestamptz not null,
        last_sign_in_at timestamptz not null,
        primary key (issuer, subject)
      );
      create index user_identities_user_id_idx on user_identities (user_id);

      alter table auth_sessions
        drop constraint auth_sessions_revoke_reason_check,
        add constraint auth_sessions_revoke_reason_check
          check (revoke_reason in ('logout', 'refresh_token_reused', 'operator', 'account_page'));
    `);
  },

  async down(knex) {
    await knex.raw(`
      do $$ begin
        if exists (select from user_identities) then
          raise exception 'People have signed in by their identities, which would be lost. Restore a backup instead.';
        end if;
      end $$;
      update auth_sessions set revoke_reason = 'logout' where revoke_reason = 'account_page';
      alter table auth_sessions
        drop constraint auth_sessions_revoke_reason_check,
        add constraint auth_sessions_revoke_reason_check
          check (revoke_reason in ('logout', 'refresh_token_reused', 'operator'));
      drop table user_identities;
      drop index users_email_idx;
      drop index users_email_key;
      create unique index users_email_key on users (lower(email));
      alter table users drop column claimable, drop column page_sessions_from;
      drop index plugin_login_attempts_user_code_key;
      alter table plugin_login_attempts drop column user_code, drop column requester_country,
        drop column requester_origin, drop column browser_hash;
    `);
  },
};
