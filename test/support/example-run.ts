import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { eventually } from './eventually.ts';
import { ROOT } from './packed-sdk.ts';
import type { Runtime } from './sdk-scenarios.ts';

/** An example at work, as a user would have it: a file of his own beside the installed package. */
export interface ExampleRun {
  folder: string;
  child: ChildProcess;
  /** Waits for a line that looks like this, and gives what it found. */
  line(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Sends Ctrl-C and gives the exit code. */
  interrupt(): Promise<number | null>;
  output(): string;
}

/** @param project folder that has the packed SDK. */
export async function runExample(
  { project, runtime, name }: { project: string; runtime: Runtime; name: string },
  args: (folder: string) => string[],
  env: Record<string, string> = {},
): Promise<ExampleRun> {
  const folder = await mkdtemp(join(tmpdir(), 'example-'));
  const file = join(folder, basename(name));
  await copyFile(join(ROOT, 'test/sdk/examples', name), file);
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  // Without a PATH there is no browser to open.
  const child = spawn(runtime.path, [file, ...args(folder)], { cwd: folder, env: { PATH: folder, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  return {
    folder,
    child,
    output: () => said,
    line: (pattern) =>
      eventually(
        async () => {
          const match = pattern.exec(said);
          if (!match) throw new Error(`Nothing like ${pattern} in:\n${said}`);
          return match;
        },
        { timeoutMs: 20_000, intervalMs: 20 },
      ),
    async interrupt() {
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      const [code] = await exited;
      return code;
    },
  };
}
