import { floorToSecond } from '../../clock.ts';
import type { ImportContext } from '../../database/import/import-row.ts';
import { assertOrder, BadRowError, optionalCount, type SourceValues, time } from '../../database/import/read-row.ts';
import type { Random } from '../../random.ts';
import { insertAdjustments } from './adjustment-store.ts';

const NOTES = 'imported_rows';
const SOURCE = 'usage_records';
const REASON = 'Billed by the service before this one, until the take-over';

/** What the Go service billed for a session. */
export interface LegacyBill {
  /** What it is counted under in the report. */
  table: string;
  sessionId: string;
  /** Of the cycle that it was billed in. */
  cycleStart: Date;
  seconds: number;
}

/** A record of what was billed; it is taken as it is. @throws BadRowError */
export function toLegacyBill(values: SourceValues): LegacyBill {
  assertOrder(values, 'cycle_start_at', 'cycle_end_at');
  const seconds = optionalCount(values, 'billable_seconds');
  if (seconds === null) throw new BadRowError('billable_seconds is missing');
  return {
    table: SOURCE,
    sessionId: String(values.session_id),
    cycleStart: floorToSecond(time(values, 'cycle_start_at')),
    seconds,
  };
}

/**
 * What to bill for a session that was running and has no record yet. Both figures have faults, and the worst of them count
 * launch and grace, so the smaller one that says anything counts, and never more than the time that has passed.
 *
 * @param since when the session or the cycle began, whichever was later.
 */
export function liveSeconds(values: SourceValues, since: Date, now: Date): number {
  const figures = [optionalCount(values, 'reconciled_seconds'), optionalCount(values, 'duration_seconds')];
  const said = figures.filter((seconds) => seconds !== null && seconds > 0) as number[];
  const passed = Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000));
  return said.length === 0 ? 0 : Math.min(...said, passed);
}

/**
 * Carries over what was billed, as one adjustment of the account for each cycle. What grew there since an earlier import
 * is added by another one.
 *
 * @param settled sessions that carried on here: what was billed for them since is counted here.
 */
export async function importLegacyBills(
  { trx, now, report }: ImportContext,
  random: Random,
  userId: string,
  bills: readonly LegacyBill[],
  settled: ReadonlySet<string>,
): Promise<void> {
  const rows: { source_id: string; seconds: number }[] = await trx(NOTES)
    .where({ source_table: SOURCE, user_id: userId })
    .select('source_id', 'seconds');
  const known = new Map(rows.map(({ source_id, seconds }) => [source_id, seconds]));
  const due = new Map<number, number>();
  for (const { table, sessionId, cycleStart, seconds } of bills) {
    const before = known.get(sessionId);
    if (before !== undefined && (before === seconds || settled.has(sessionId))) {
      report.note(table, before === seconds ? 'present' : 'kept');
      continue;
    }
    report.note(table, before === undefined ? 'imported' : 'updated');
    due.set(cycleStart.getTime(), (due.get(cycleStart.getTime()) ?? 0) + seconds - (before ?? 0));
    const note = { user_id: userId, source_digest: String(seconds), seconds, imported_at: now };
    await trx(NOTES)
      .insert({ source_table: SOURCE, source_id: sessionId, ...note })
      .onConflict(['source_table', 'source_id'])
      .merge();
  }
  await insertAdjustments(
    trx,
    [...due]
      .filter(([, seconds]) => seconds !== 0)
      .map(([at, seconds]) => ({
        id: random.id('adj'),
        userId,
        sessionId: null,
        seconds,
        at: new Date(at),
        reason: REASON,
        outageId: null,
        createdAt: now,
      })),
  );
}
