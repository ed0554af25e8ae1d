import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Makes the tarball of a package in its own folder, as publishing would. No network is used.
 *
 * @throws Error with what npm wrote, if it says no.
 */
export async function npmPack(folder: string): Promise<void> {
  const [program, ...before] = findNpm(process.env.npm_execpath);
  const args = [...before, 'pack', '--offline', '--ignore-scripts', '--no-update-notifier', '--loglevel=error'];
  // On Windows npm is a batch file, which only a shell can start.
  await run(program, args, { cwd: folder, shell: process.platform === 'win32' && before.length === 0 });
}

/** The npm that started this program, else the first one on the path. */
function findNpm(started: string | undefined): [string, ...string[]] {
  return started && basename(started) === 'npm-cli.js' ? [process.execPath, started] : ['npm'];
}
