import { cpus, release, totalmem } from 'node:os';
import Table from 'cli-table3';

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
export function printFigures(report: { figures: Record<string, unknown>[]; machine: object; json: boolean }): void {
  const { figures, machine, json } = report;
  if (json) return console.log(JSON.stringify({ machine, figures }));
  const table = new Table({ head: Object.keys(figures[0] ?? {}) });
  for (const row of figures) table.push(Object.values(row).map(String));
  console.log(table.toString());
  for (const [name, value] of Object.entries(machine)) console.log(`${name}: ${value}`);
}
