import type { Database } from '../database/connect.ts';
import type { Account } from './account/index.ts';

/** Tables with rows about a user, and the columns that are secrets rather than facts about a person. */
const TABLES: readonly { name: string; secrets: readonly string[] }[] = [
  { name: 'auth_sessions', secrets: ['refresh_counter', 'legacy_token_hash'] },
  { name: 'user_identities', secrets: [] },
  { name: 'plugin_login_attempts', secrets: ['poll_token_hash', 'browser_hash'] },
  { name: 'stream_slots', secrets: ['stream_token'] },
  { name: 'relay_sessions', secrets: ['stream_token', 'pair_token', 'relay_ws_token'] },
  { name: 'relay_session_events', secrets: [] },
  { name: 'pool_assignments', secrets: ['stream_token', 'provision_token'] },
  { name: 'usage_intervals', secrets: [] },
  { name: 'usage_adjustments', secrets: [] },
  { name: 'subscriptions', secrets: [] },
  { name: 'billing_events', secrets: ['body_sha256'] },
  { name: 'imported_rows', secrets: ['source_digest', 'target_digest'] },
];

/** Everything that is kept about a user, by table. A read model: it joins nothing, but it looks across features. */
export async function exportUser(db: Database, account: Account): Promise<Record<string, unknown>> {
  const tables = await Promise.all(
    TABLES.map(async ({ name, secrets }) => {
      const rows: Record<string, unknown>[] = await db(name).where({ user_id: account.id });
      for (const row of rows) for (const secret of secrets) delete row[secret];
      return [name, rows.map(toReadable)] as const;
    }),
  );
  const users = await db('users').where({ id: account.id });
  return { users, ...Object.fromEntries(tables) };
}

/** Bytes are shown as the text that they are. */
function toReadable(row: Record<string, unknown>): Record<string, unknown> {
  const values = Object.entries(row).map(([name, value]) => [
    name,
    Buffer.isBuffer(value) ? value.toString('utf8') : value,
  ]);
  return Object.fromEntries(values);
}
