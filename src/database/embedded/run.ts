import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** The operating system's user and group that a program runs as. */
export interface Account {
  uid: number;
  gid: number;
}

/** How a program ended and what it wrote (standard output and error together). */
export interface Outcome {
  code: number | null;
  output: string;
}

// A small environment of its own: the caller's PG* variables must not steer the database, and the messages are English.
const UNIX_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/**
 * Runs a program to its end, as `account` or, without one, as the user of this process. Works from the root folder,
 * because the other user may not be allowed into ours. Throws the system's error (ENOENT, EACCES, EPERM) if it can't
 * be started; a failing exit code is not an error.
 */
export async function run(file: string, args: string[], account?: Account): Promise<Outcome> {
  const child = spawn(file, args, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    ...(process.platform === 'win32' ? {} : { env: UNIX_ENVIRONMENT }),
    ...account,
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  // A daemon left behind may hold the pipes open (Windows); what is still in them is not worth more than a moment.
  await Promise.race([closed, sleep(200, undefined, { ref: false })]);
  child.stdout.destroy();
  child.stderr.destroy();
  return { code, output: output.trim() };
}

/**
 * Whether a shell test holds for `account`, tried for real by running it as that user; `$1`, `$2` … in `script` are
 * `args`. Throws an Error if this process may not switch to that user.
 */
export async function holdsFor(account: Account, script: string, ...args: string[]): Promise<boolean> {
  try {
    return (await run('/bin/sh', ['-c', script, 'sh', ...args], account)).code === 0;
  } catch (error) {
    throw new Error(
      `PostgreSQL refuses to run as root, and this process may not switch to the user with id ${account.uid} ` +
        `(${(error as Error).message}). Run the service as an ordinary user, or set DATABASE_URL.`,
    );
  }
}
