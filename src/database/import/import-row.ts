import type { Transaction } from '../connect.ts';
import { type SourceRow, storeImported, type TargetRow } from './imported-row.ts';
import { BadRowError } from './read-row.ts';
import type { ImportOutcome, ImportReport } from './report.ts';

/** What features bring rows in with: the transaction of one user's rows, the moment of the import, and its report. */
export interface ImportContext {
  trx: Transaction;
  now: Date;
  report: ImportReport;
}

/**
 * Brings one row in, or reports why it is left out.
 *
 * @param toTarget makes the row that is stored. @throws BadRowError
 * @param onStored does what else belongs to a row that was imported or updated.
 * @returns null: it is left out.
 */
export async function importRow(
  { trx: whole, now, report }: ImportContext,
  source: SourceRow,
  toTarget: () => TargetRow,
  onStored: (trx: Transaction) => Promise<void> = async () => {},
): Promise<ImportOutcome | null> {
  try {
    const target = toTarget();
    // A savepoint: what the database refuses must not take the user's other rows along.
    const outcome = await whole.transaction(async (trx) => {
      const stored = await storeImported(trx, source, target, now);
      if (stored === 'imported' || stored === 'updated') await onStored(trx);
      return stored;
    });
    report.note(source.table, outcome);
    return outcome;
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    report.leaveOut(source.table, source.id, reason);
    return null;
  }
}

/** What constraints stand for. */
const REASONS: Record<string, string> = {
  users_email_key: 'an account here has its e-mail',
  relay_sessions_live_key: 'a newer session of its connection is live',
  stream_slots_stream_token_key: 'an account here has its stream token',
  stream_slots_relay_slug_key: 'an account here has its relay slug',
  auth_sessions_legacy_token_key: 'another sign-in has its token',
};

/** Undefined: the row isn't to blame. Class 22 is bad data, 23 a violated constraint (PostgreSQL, appendix A). */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof BadRowError) return error.message;
  const { code = '', constraint = '', column = '' } = error as { code?: string; constraint?: string; column?: string };
  if (!/^2[23]\d/.test(code)) return undefined;
  return REASONS[constraint] ?? `the database refuses it (${constraint || column || code})`;
}
