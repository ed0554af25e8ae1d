import type { Migration } from './migration.ts';

/** Sign-in through the browser: confirmation codes, whose browser an attempt is in, and identities of providers. */
export const browserLogin: Migration = {
  name: '0007-browser-login',

  async up(knex) {
    await knex.raw(`
      alter table plugin_login_attempts
        -- Empty only for attempts of the ten minutes before this migration.
        add column user_code text not null default '',
        add column requester_country text,
        -- SHA-256 of the id of the browser that went on with the attempt; no other one may.
        add column browser_hash bytea;
      create unique index plugin_login_attempts_user_code_key on plugin_login_attempts (user_code)
        where status = 'pending' and user_code <> '';

      -- An operator or an import made the account, and nobody has signed in to it through a provider yet. Only of those
      -- must an e-mail be unique: it decides who may claim one. Others are found by their identity.
      alter table users add column claimable boolean not null default true;
      drop index users_email_key;
      create unique index users_claimable_email_key on users (lower(email)) where claimable;
      create index users_email_idx on users (lower(email));

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
      update auth_sessions set revoke_reason = 'logout' where revoke_reason = 'account_page';
      alter table auth_sessions
        drop constraint auth_sessions_revoke_reason_check,
        add constraint auth_sessions_revoke_reason_check
          check (revoke_reason in ('logout', 'refresh_token_reused', 'operator'));
      drop table user_identities;
      drop index users_email_idx;
      drop index users_claimable_email_key;
      create unique index users_email_key on users (lower(email));
      alter table users drop column claimable;
      drop index plugin_login_attempts_user_code_key;
      alter table plugin_login_attempts drop column user_code, drop column requester_country, drop column browser_hash;
    `);
  },
};
