import type { Migration } from './migration.ts';

/**
 * Tells every server whose account has changed, so that what it keeps of it is never older than the database. Triggers do
 * it: no writer can forget, nor an operator's SQL.
 */
export const accountNotices: Migration = {
  name: '0011-account-notices',

  async up(knex) {
    await knex.raw(`
      create function notify_account() returns trigger language plpgsql as $$
      begin
        -- Equal ones of a transaction are sent once.
        if tg_op <> 'INSERT' then perform pg_notify('telemy_accounts', old.user_id); end if;
        if tg_op <> 'DELETE' then perform pg_notify('telemy_accounts', new.user_id); end if;
        return null;
      end $$;

      create function notify_user() returns trigger language plpgsql as $$
      begin
        perform pg_notify('telemy_accounts', coalesce(new.id, old.id));
        return null;
      end $$;

      create function notify_all_accounts() returns trigger language plpgsql as $$
      begin
        perform pg_notify('telemy_accounts', '*');
        return null;
      end $$;

      create trigger notify_user after insert or update or delete on users
        for each row execute function notify_user();
      create trigger notify_account after insert or update or delete on auth_sessions
        for each row execute function notify_account();
      create trigger notify_account after insert or update or delete on stream_slots
        for each row execute function notify_account();
      create trigger notify_account after insert or update or delete on usage_intervals
        for each row execute function notify_account();
      create trigger notify_account after insert or update or delete on usage_adjustments
        for each row execute function notify_account();

      create trigger notify_account after insert or delete on relay_sessions
        for each row execute function notify_account();
      -- Every column but the three that a heartbeat renews: notifying transactions commit one after the other, and
      -- heartbeats are most of all writes. Who takes one tells of it later, of many at once.
      create trigger notify_account_of_change after update of ${NOTIFIED.join(', ')} on relay_sessions
        for each row execute function notify_account();
      -- A heartbeat moves these forward only; whoever moves them back isn't one.
      create trigger notify_account_of_step_back after update of lease_expires_at, metered_until on relay_sessions
        for each row when (
          new.lease_expires_at < old.lease_expires_at
          or new.metered_until < old.metered_until
          or (new.lease_expires_at is null) <> (old.lease_expires_at is null)
          or (new.metered_until is null) <> (old.metered_until is null)
        )
        execute function notify_account();

      ${TABLES.map((table) => `create trigger notify_all_accounts after truncate on ${table} execute function notify_all_accounts();`).join('\n      ')}
    `);
  },

  async down(knex) {
    // With their functions go the triggers.
    await knex.raw('drop function notify_account(), notify_user(), notify_all_accounts() cascade');
  },
};

const TABLES = ['users', 'auth_sessions', 'relay_sessions', 'stream_slots', 'usage_intervals', 'usage_adjustments'];

const NOTIFIED = [
  'id',
  'user_id',
  'connection_id',
  'status',
  'version',
  'provision_step',
  'provision_attempt',
  'region',
  'slot_number',
  'stream_token',
  'pair_token',
  'relay_ws_token',
  'requested_by',
  'caller_address',
  'instance_id',
  'public_ip',
  'relay_hostname',
  'srt_port',
  'player_port',
  'stats_port',
  'sls_port',
  'ingest_state',
  'stop_requested_at',
  'stop_reason',
  'created_at',
  'updated_at',
  'activated_at',
  'active_since',
  'metering',
  'metered_since',
  'billed_seconds',
  'adjusted_seconds',
  'has_gaps',
  'grace_started_at',
  'stopped_at',
  'stop_cause',
  'failure_code',
  'failure_message',
  'migration',
  'provision_expires_at',
  'grace_expires_at',
  'cap_expires_at',
];
