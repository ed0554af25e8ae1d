import type { Command } from 'commander';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database } from './database/connect.ts';
import type { JobQueue } from './jobs/job-queue.ts';
import type { Logger } from './observability/logger.ts';
import type { Random } from './random.ts';

/** How an operator's command answers. */
export interface Printer {
  /** Prints rows as a table, or as a JSON array with `--json`. */
  print(rows: object[], empty: string): void;
  /** Prints one thing as a table of one row, or as a JSON object with `--json`. */
  printOne(thing: object): void;
  /** Prints one thing of many parts as a table of names and values, or as a JSON object with `--json`. */
  printParts(thing: object): void;
  /** Prints one thing as JSON in any case. */
  printJson(value: unknown): void;
}

/** What an operator's command works with. */
export interface Operator extends Printer {
  config: Config;
  database: Database;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** The job queue, started when it is first asked for. */
  jobs(): Promise<JobQueue>;
}

/** An operator's mistake, told without a stack. */
export class OperatorError extends Error {
  override name = 'OperatorError';
}

/** Adds an operator's command to its group, with the option that all of them take. */
export function addOperatorCommand(group: Command, name: string, description: string): Command {
  return group.command(name).description(description).option('--json', 'print JSON, for machines');
}

/**
 * Makes a commander action of an operator's task: opens the database that the configuration names (the running server's,
 * if it is the embedded one), runs the task, and closes everything.
 */
export function asOperator<Args extends unknown[]>(task: (operator: Operator, ...args: Args) => Promise<void>) {
  return asCommand<Args>(async (printer, ...args) => {
    const { runAsOperator } = await import('./operator-run.ts');
    await runAsOperator(printer, (operator) => task(operator, ...args));
  });
}

/** Makes a commander action of a task that opens for itself what it needs. Mistakes are told without a stack. */
export function asCommand<Args extends unknown[]>(task: (printer: Printer, ...args: Args) => Promise<void>) {
  return async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command;
    // What tasks work with takes longer to load than all commands, and help and most mistakes don't need it.
    const { runCommand } = await import('./command-run.ts');
    await runCommand(command.optsWithGlobals().json === true, (printer) => task(printer, ...(args as Args)));
  };
}
