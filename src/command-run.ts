import { ConfigError } from './config.ts';
import { isDatabaseUnavailable, SchemaMismatchError } from './database/errors.ts';
import { OperatorError, type Printer } from './operator.ts';
import { formatTable, toNameValueRows } from './table.ts';

/**
 * Runs a command's task. What the operator can mend is told without a stack, and makes the process end with 1.
 *
 * @param json whether the task prints JSON instead of tables.
 * @throws whatever is a fault of ours.
 */
export async function runCommand(json: boolean, task: (printer: Printer) => Promise<void>): Promise<void> {
  try {
    await task(createPrinter(json));
  } catch (error) {
    const message = explain(error);
    if (message === undefined) throw error;
    process.stderr.write(`${message}\n`);
    process.exitCode = 1;
  }
}

/** What to tell the operator; undefined for a fault of ours, which needs its stack. */
function explain(error: unknown): string | undefined {
  const explainsItself = [OperatorError, ConfigError, SchemaMismatchError].some((kind) => error instanceof kind);
  if (explainsItself) return (error as Error).message;
  if (!isDatabaseUnavailable(error)) return undefined;
  const { message, code } = error as NodeJS.ErrnoException;
  return `The database cannot be reached (${message || code}). Is DATABASE_URL right?`;
}

function createPrinter(json: boolean): Printer {
  const write = (text: string) => process.stdout.write(`${text}\n`);
  const printJson = (value: unknown) => write(JSON.stringify(value));
  // Only a terminal has this method, and it heeds NO_COLOR.
  const colors = process.stdout.hasColors?.() ?? false;
  return {
    print(rows, empty) {
      if (json) printJson(rows);
      else write(rows.length === 0 ? empty : formatTable(rows, colors));
    },
    printOne: (thing) => (json ? printJson(thing) : write(formatTable([thing], colors))),
    printParts: (thing) => (json ? printJson(thing) : write(formatTable(toNameValueRows(thing), colors))),
    printJson,
  };
}
