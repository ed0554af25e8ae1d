import type { ImportReport } from '../../database/import/report.ts';
import type { LegacySource } from './source.ts';
import type { LegacyTable } from './tables.ts';

const NO_USER = 'not exists (select from users u where u.id = t.user_id)';
const OWNED = ['auth_sessions', 'sessions', 'idempotency_records', 'usage_records'] as const;

/** Reports the rows that belong to nobody: no user's rows would bring them along. */
export async function reportOrphans(source: LegacySource, report: ImportReport): Promise<void> {
  for (const table of OWNED) await leaveOut(source, report, table, NO_USER, 'its user does not exist');
  const attempts = `t.user_id is not null and ${NO_USER}`;
  await leaveOut(source, report, 'plugin_login_attempts', attempts, 'its user does not exist');
  const lonely = `not exists (select from sessions s where s.id = t.session_id or
    (t.session_id is null and s.relay_instance_id = t.id))`;
  await leaveOut(source, report, 'relay_instances', lonely, 'its session does not exist');
  const homeless = `exists (select from sessions s where s.id = t.session_id and
    not exists (select from users u where u.id = s.user_id))`;
  await leaveOut(source, report, 'relay_instances', homeless, 'its user does not exist');
}

async function leaveOut(
  source: LegacySource,
  report: ImportReport,
  table: LegacyTable,
  where: string,
  reason: string,
): Promise<void> {
  for (const { id } of await source.rows(table, where, {})) report.leaveOut(table, String(id), reason);
}
