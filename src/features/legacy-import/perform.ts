import { resolve } from 'node:path';
import { createImportReport, type ImportReport } from '../../database/import/report.ts';
import { type Operator, OperatorError } from '../../operator.ts';
import { type ImportResult, runImport } from './run.ts';
import { withRestoredDump } from './scratch-database.ts';
import { openLegacySource, SourceError } from './source.ts';

/** What the command is given. */
export interface ImportOptions {
  from?: string;
  dump?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** Lines of a table of rows that are left out; more are for machines. */
const SHOWN = 100;
const RESUME = 'npm run fleet -- resume';

/** Runs an import and prints what it did. @throws OperatorError */
export async function performImport(
  operator: Operator,
  { dryRun = false, json = false, ...where }: ImportOptions,
): Promise<void> {
  const report = createImportReport();
  const result = await withUrl(operator, where, (url) => importFrom(operator, url, report, dryRun)).catch(
    (error: unknown) => {
      throw error instanceof SourceError ? new OperatorError(error.message) : error;
    },
  );
  if (json) operator.printJson(toJson(report, result, dryRun));
  else print(operator, report, result, dryRun);
}

/** Where the rows are: a database, or a dump that becomes one for a while. */
function withUrl<T>(
  { directUrl, config }: Operator,
  { from, dump }: Pick<ImportOptions, 'from' | 'dump'>,
  task: (url: string) => Promise<T>,
): Promise<T> {
  // Found where the operator stands; pg_restore stands elsewhere.
  if (dump !== undefined)
    return withRestoredDump({ file: resolve(dump), serverUrl: directUrl, binDir: config.backup.pgBinDir }, task);
  if (from === undefined) throw new OperatorError('Name the database with --from URL, or its dump with --dump FILE.');
  if (!/^postgres(ql)?:\/\//.test(from)) throw new OperatorError('--from must be a postgresql:// URL.');
  return task(from);
}

async function importFrom(
  operator: Operator,
  from: string,
  report: ImportReport,
  dryRun: boolean,
): Promise<ImportResult> {
  const source = await openLegacySource(from, report);
  try {
    const { database, clock, random, config } = operator;
    const plans = config.catalog.plans;
    const progress = showProgress();
    const result = await runImport(
      { database, clock, random, plans, source, report, onProgress: progress.show },
      { dryRun },
    );
    progress.end();
    return result;
  } finally {
    await source.close();
  }
}

/** A line that counts up, for a person at a terminal. */
function showProgress() {
  const { stderr } = process;
  return {
    show: (done: number, all: number) => void (stderr.isTTY && stderr.write(`\rUsers: ${done} of ${all}`)),
    end: () => void (stderr.isTTY && stderr.write('\n')),
  };
}

function linesOf(report: ImportReport) {
  return report.tables().map(([table, counts]) => ({
    table,
    read: counts.read,
    imported: counts.imported,
    updated: counts.updated,
    already_there: counts.present,
    changed_here: counts.kept,
    left_out: Object.values(counts.leftOut).reduce((sum, count) => sum + count, 0),
  }));
}

function isChanged(report: ImportReport): boolean {
  return report.tables().some(([, { imported, updated }]) => imported + updated > 0);
}

function toJson(report: ImportReport, { pausedFleet }: ImportResult, dryRun: boolean) {
  const reasons = new Map(report.tables().map(([table, counts]) => [table, counts]));
  return {
    dry_run: dryRun,
    changed: isChanged(report),
    tables: linesOf(report).map((line) => ({
      ...line,
      left_out_by_reason: reasons.get(line.table)?.leftOut,
      unknown_columns: reasons.get(line.table)?.unknownColumns,
      lacked_columns: reasons.get(line.table)?.lackedColumns,
    })),
    left_out: report.leftOut,
    notes: report.notes,
    fleet: pausedFleet ? { reconciler: 'reports', resume: RESUME } : null,
  };
}

function print(operator: Operator, report: ImportReport, { pausedFleet }: ImportResult, dryRun: boolean): void {
  operator.print(linesOf(report), '');
  const reasons = report
    .tables()
    .flatMap(([table, { leftOut }]) =>
      Object.entries(leftOut).map(([reason, rows]) => ({ table, left_out: reason, rows })),
    );
  operator.print(reasons, 'Nothing was left out.');
  if (report.leftOut.length > 0) operator.print(report.leftOut.slice(0, SHOWN), '');
  operator.print(columnLines(report), 'Every column is known.');
  const hidden = report.leftOut.length - SHOWN;
  const next = [
    ...(hidden > 0 ? [`${hidden} more rows are left out; --json names them all.`] : []),
    ...report.notes,
    ...(pausedFleet ? [`The reconciler only reports now. When the fleet is as it should be: ${RESUME}`] : []),
    ...(isChanged(report) ? [] : ['Nothing was changed: there was nothing new.']),
    ...(dryRun ? ['This was a dry run: nothing is stored.'] : []),
  ];
  if (next.length > 0)
    operator.print(
      next.map((note) => ({ note })),
      '',
    );
}

function columnLines(report: ImportReport) {
  return report
    .tables()
    .flatMap(([table, { unknownColumns, lackedColumns }]) => [
      ...unknownColumns.map((column) => ({ table, column, fault: 'not known, not read' })),
      ...(lackedColumns ?? ['(all)']).map((column) => ({ table, column, fault: 'not there' })),
    ]);
}
