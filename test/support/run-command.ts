import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = resolve(import.meta.dirname, '../..');

/** How a command ended, and what it wrote. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs `node src/main.ts` with these arguments in a process of its own; of the environment it gets only `env`.
 *
 * @param root checkout whose code runs; default: this one.
 */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string> = {},
  root = ROOT,
): Promise<Outcome> {
  const { NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [resolve(root, 'src/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { NODE_COMPILE_CACHE, ...env },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** Commands at the same time; more would only wait for each other. */
const WIDTH = 3;

/**
 * Runs all commands before the tests of the surrounding `describe`, a few at a time, and gives their outcomes by name.
 * For commands that change nothing.
 */
export function useOutcomes(
  commands: readonly string[],
  run: (command: string) => Promise<Outcome>,
): (command: string) => Outcome {
  const outcomes = new Map<string, Outcome>();
  before(async function () {
    this.timeout(120_000);
    const left = [...commands];
    const lanes = Array.from({ length: WIDTH }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) outcomes.set(next, await run(next));
    });
    await Promise.all(lanes);
  });
  return (command) => {
    const outcome = outcomes.get(command);
    if (!outcome) throw new Error(`"${command}" was not run.`);
    return outcome;
  };
}
