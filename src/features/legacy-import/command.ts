import { Command } from 'commander';
import { createImportReport, type ImportReport } from '../../database/import/report.ts';
import { asOperator, type Operator, OperatorError } from '../../operator.ts';
import { type ImportResult, runImport } from './run.ts';
import { openLegacySource, SourceError } from './source.ts';

interface Options {
  from: string;
  dryRun?: boolean;
  json?: boolean;
}

/** Lines of a table of rows that are left out; more are for machines. */
const SHOWN = 100;
const RESUME = 'npm run fleet -- resume';

/** `import-legacy` */
export function importLegacyCommand(): Command {
  return new Command('import-legacy')
    .description("take over from the Go service: bring in the rows of its database; run again, it brings what's new")
    .requiredOption('--from <url>', 'postgresql:// URL of a database that its dump was restored to')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'print JSON, for machines')
    .action(
      asOperator(async (operator, { from, dryRun = false, json = false }: Options) => {
        const report = createImportReport();
        const result = await importFrom(operator, from, report, dryRun);
        if (json) operator.printJson(toJson(report, result, dryRun));
        else print(operator, report, result, dryRun);
      }),
    );
}

async function importFrom(
  operator: Operator,
  from: string,
  report: ImportReport,
  dryRun: boolean,
): Promise<ImportResult> {
  if (!/^postgres(ql)?:\/\//.test(from)) throw new OperatorError('--from must be a postgresql:// URL.');
  const source = await openLegacySource(from, report).catch((error: unknown) => {
    throw error instanceof SourceError ? new OperatorError(error.message) : error;
  });
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
    ...(isChanged(report) ? [] : ['Nothing has changed: all of it was here already.']),
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
