import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs Prometheus' own tool; returns what it says.
 *
 * @throws Error with its words where it finds something wrong, or with what to install where it is missing.
 */
export async function runPromtool(...args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run('promtool', args);
    return stdout + stderr;
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string };
    if (code === 'ENOENT') throw new Error('There is no promtool. Debian: apt-get install prometheus');
    throw new Error(`promtool ${args[0]} ${args[1]}:\n${stdout}${stderr}`, { cause: error });
  }
}
