import { createHash } from 'node:crypto';
import type { Transaction } from '../connect.ts';
import type { SourceValues } from './read-row.ts';
import type { ImportOutcome } from './report.ts';

const NOTES = 'imported_rows';

/** A row where it comes from. */
export interface SourceRow {
  table: string;
  id: string;
  /** Whose it is; null: nobody's. */
  userId: string | null;
  values: SourceValues;
}

/** The same row here. */
export interface TargetRow {
  table: string;
  /** What it is known by. */
  key: Record<string, string | number>;
  /** The other columns that an import writes. */
  values: Record<string, unknown>;
}

/**
 * Brings a row in, or after it if its source has changed. What was changed or removed here since stays as it is, and so
 * does a row that was here before any import.
 */
export async function storeImported(
  trx: Transaction,
  source: SourceRow,
  target: TargetRow,
  now: Date,
): Promise<ImportOutcome> {
  const known = { source_table: source.table, source_id: source.id };
  const note = await trx(NOTES).where(known).forUpdate().first<Note | undefined>('source_digest', 'target_digest');
  const digest = digestOfSource(source.values);
  if (note?.source_digest === digest) return 'present';
  const { table, key, values } = target;
  if (!note) {
    const made = await trx(table)
      .insert({ ...key, ...values })
      .onConflict(Object.keys(key))
      .ignore()
      .returning(Object.keys(key));
    if (made.length === 0) return 'kept';
  } else {
    const current = await digestOfTarget(trx, target);
    if (current === null || current !== note.target_digest) return 'kept';
    await trx(table).where(key).update(values);
  }
  const target_digest = await digestOfTarget(trx, target);
  const noted = { user_id: source.userId, source_digest: digest, target_digest, imported_at: now };
  await trx(NOTES)
    .insert({ ...known, ...noted })
    .onConflict(['source_table', 'source_id'])
    .merge();
  return note ? 'updated' : 'imported';
}

interface Note {
  source_digest: string;
  target_digest: string | null;
}

/** Differs when a row of the source does. */
export function digestOfSource(values: SourceValues): string {
  const sorted = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url');
}

/** Differs when one of the columns that an import writes does; null: there is no such row any more. */
async function digestOfTarget(trx: Transaction, { table, key, values }: TargetRow): Promise<string | null> {
  const columns = Object.keys(values);
  const row = await trx(table)
    .where(key)
    .first<{ digest: string } | undefined>(
      trx.raw(`md5(row(${columns.map(() => '??').join(', ')})::text) as digest`, columns),
    );
  return row?.digest ?? null;
}
