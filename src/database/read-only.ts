import type { Database } from './connect.ts';

/** Whether transactions can't write unless they ask for it: a standby, or a host whose turn as the writer is over or to come. */
export async function isReadOnly(database: Database): Promise<boolean> {
  const { rows } = await database.raw<{ rows: { state: string }[] }>(
    `select current_setting('transaction_read_only') as state`,
  );
  return rows[0]?.state === 'on';
}
