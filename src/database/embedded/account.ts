import type { Account } from './run.ts';
import { run } from './run.ts';

const NAME = 'postgres';

/**
 * The operating system's user `postgres`, made if it is missing (root only); `say` hears of it.
 * Throws an Error that says what to do if it can't be made.
 */
export async function postgresAccount(say: (text: string) => void): Promise<Account> {
  const existing = await lookUp();
  if (existing) return existing;
  const group = await tryRun('groupadd', ['--system', '--force', NAME]);
  const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  const user = await tryRun('useradd', ['--system', '--gid', NAME, ...home, NAME]);
  // Looked up whatever useradd said: another process may have made the user at the same moment.
  const made = await lookUp();
  if (!made) {
    throw new Error(
      `PostgreSQL refuses to run as root, and the system user "${NAME}" could not be made: ${group} ${user}`.trim() +
        ' Create that user, run the service as an ordinary user, or set DATABASE_URL.',
    );
  }
  say(`Created the system user "${NAME}": PostgreSQL refuses to run as root.`);
  return made;
}

async function lookUp(): Promise<Account | undefined> {
  const { code, output } = await run('/bin/sh', ['-c', `id -u ${NAME} && id -g ${NAME}`]);
  const [uid, gid] = output.split('\n').map(Number);
  if (code !== 0 || !uid || gid === undefined || Number.isNaN(gid)) return undefined;
  return { uid, gid };
}

/** What the program complained of; empty if it did its work. */
async function tryRun(file: string, args: string[]): Promise<string> {
  try {
    const { code, output } = await run(file, args);
    return code === 0 ? '' : output || `${file} failed.`;
  } catch (error) {
    return `${(error as Error).message}.`;
  }
}
