import { cpus, release, totalmem } from 'node:os';
import { formatTable, toNameValueRows } from '../../src/table.ts';

/** What the figures were measured on. */
export function machine(): Record<string, unknown> {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    cpu: `${cpus().length} × ${cpu?.model ?? 'unknown'}`,
    memory_gib: Math.round(totalmem() / 2 ** 30),
  };
}

/** Prints figures of one shape, and the machine, as tables or as one line of JSON. */
export function printFigures(report: { figures: object[]; machine: object; json: boolean }): void {
  const { figures, machine, json } = report;
  if (json) {
    console.log(JSON.stringify({ machine, figures }));
    return;
  }
  const colors = process.stdout.hasColors?.() ?? false;
  console.log(formatTable(figures, colors));
  console.log(formatTable(toNameValueRows(machine), colors));
}

/** Rows of one shape as a table of Markdown, with the names of the first row's parts above. */
export function toMarkdown(rows: readonly object[]): string {
  const head = Object.keys(rows[0] ?? {});
  return [head, head.map(() => '---'), ...rows.map((row) => Object.values(row))]
    .map((cells) => (cells[0] === '---' ? `|${cells.join('|')}|` : `| ${cells.join(' | ')} |`))
    .join('\n');
}
