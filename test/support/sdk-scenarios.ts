import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { ENTRIES, type Entry, PACKAGE_NAME } from '../../scripts/sdk-pack/entries.ts';
import { ROOT } from './packed-sdk.ts';

/** A Node that users have. */
export interface Runtime {
  name: string;
  /** Its program. */
  path: string;
}

/** Every major version of Node that the SDK has to run in; the newest is the one that runs the tests. */
export const RUNTIMES: readonly Runtime[] = [
  { name: 'Node 20', path: findNode('node-20') },
  { name: 'Node 22', path: findNode('node-22') },
  { name: 'Node 24', path: process.execPath },
];

/** How a program gets at the SDK. */
export type ModuleFormat = 'import' | 'require';

const PROGRAMS: Record<ModuleFormat, string> = { import: 'run.mjs', require: 'run.cjs' };

/** Which scenario to run, and where. */
export interface ScenarioRun {
  /** Folder of the user's project that has the packed SDK. */
  project: string;
  runtime: Runtime;
  format: ModuleFormat;
  /** Name of a file in test/sdk/package/scenarios, without its ending. */
  scenario: string;
  /** What the scenario gets, such as the server's URL; anything that JSON can hold. */
  input?: object;
}

/** An entry point as users write it. */
export function specifierOf({ subpath }: Pick<Entry, 'subpath'>): string {
  return `${PACKAGE_NAME}${subpath.slice(1)}`;
}

/** Where a scenario is: a module whose default export gets the SDK's entry points by name, and the input. */
export function scenarioPath(scenario: string): string {
  return join(ROOT, 'test/sdk/package/scenarios', `${scenario}.mjs`);
}

/**
 * Runs a scenario with the packed SDK in a process of its own, and gives what it answered.
 *
 * @throws Error if the process fails, writes to stderr (warnings of Node count) or answers nothing.
 */
export async function runScenario({ project, runtime, format, scenario, input = {} }: ScenarioRun): Promise<unknown> {
  const entries = ENTRIES.map((entry) => [entry.name, specifierOf(entry)]);
  const program = join(project, PROGRAMS[format]);
  const args = [program, pathToFileURL(scenarioPath(scenario)).href, JSON.stringify(entries), JSON.stringify(input)];
  // Nothing of this process's: a compile cache or options of the tests would change what is run.
  const env = { PATH: process.env.PATH, SYSTEMROOT: process.env.SYSTEMROOT };
  const child = spawn(runtime.path, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0 || stderr !== '')
    throw new Error(`${scenario} by ${format} in ${runtime.name} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout);
}

function findNode(workspace: string): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const folder = join(ROOT, 'test/sdk/runtimes', workspace, 'node_modules', `node-${platform}-${process.arch}`);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { bin: { node: string } };
  return join(folder, bin.node);
}
