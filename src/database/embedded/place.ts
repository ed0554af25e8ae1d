import { createHash, randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, chown, mkdir, realpath, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { postgresAccount } from './account.ts';
import { makeSystemDir, SYSTEM_DIR } from './binaries.ts';
import type { Account } from './run.ts';
import { holdsFor } from './run.ts';

/** Where a cluster and what belongs to it lie, and who runs it. */
export interface Place {
  /** The folder that holds all the others. */
  home: string;
  cluster: string;
  users: string;
  lockFile: string;
  passwordFile: string;
  portFile: string;
  log: string;
  /** Set when this process is root: PostgreSQL refuses to run as root. */
  account?: Account;
  /** What a person at the screen should know when the server starts. */
  notes: string[];
}

/**
 * Finds, and makes if missing, the folder of the cluster that belongs to `dataDir`: `dataDir/postgres`, or for root a
 * folder below /var/lib if the user that runs PostgreSQL can't reach it. Throws an Error that says what to do if
 * neither can be used.
 */
export async function choosePlace(dataDir: string, say: (text: string) => void): Promise<Place> {
  if (!path.isAbsolute(dataDir)) throw new Error(`The data folder must be an absolute path, not "${dataDir}".`);
  await mkdir(path.dirname(dataDir), { recursive: true });
  const made = await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // One name for one folder, whichever links it is reached by.
  const real = await realpath(dataDir);
  return process.getuid?.() === 0 ? placeForRoot(real, made !== undefined, say) : placeForOrdinaryUser(real);
}

async function placeForOrdinaryUser(dataDir: string): Promise<Place> {
  const home = path.join(dataDir, 'postgres');
  try {
    await mkdir(path.join(home, 'users'), { recursive: true, mode: 0o700 });
    const owner = await ownerOf(path.join(home, 'cluster'));
    if (owner && process.getuid && owner.uid !== process.getuid()) throw new Error(`it is owned by user ${owner.uid}`);
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL can't use ${home}: ${(error as Error).message}. ` +
        'If the service ran there as another user (as root?), run it as that user or choose another DATA_DIR.',
    );
  }
  return placeAt(home, undefined, []);
}

async function placeForRoot(dataDir: string, isNew: boolean, say: (text: string) => void): Promise<Place> {
  const inside = path.join(dataDir, 'postgres');
  const elsewhere = path.join(SYSTEM_DIR, `data-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
  // A cluster that exists is run by the user it belongs to, as PostgreSQL demands, and where it is.
  for (const home of [inside, elsewhere]) {
    const owner = await ownerOf(path.join(home, 'cluster'));
    if (!owner || owner.uid === 0) continue;
    const account = { uid: owner.uid, gid: owner.gid };
    if (home === inside) await letIn(dataDir, account, say);
    if (!(await holdsFor(account, 'test -w "$1" && test -x "$1"', path.join(home, 'cluster')))) {
      throw new Error(`The database in ${home} can't be reached by its owner, user ${account.uid}, any more.`);
    }
    return placeAt(home, account, rootNotes(home, inside, `the owner of its data, user ${account.uid}`));
  }
  const account = await postgresAccount(say);
  const user = `the system user "postgres" (${account.uid})`;
  if ((await letIn(dataDir, account, isNew ? () => undefined : say)) && (await prepareHome(inside, account))) {
    return placeAt(inside, account, rootNotes(inside, inside, user));
  }
  await makeSystemDir();
  if (await prepareHome(elsewhere, account)) return placeAt(elsewhere, account, rootNotes(elsewhere, inside, user));
  throw new Error(
    `PostgreSQL refuses to run as root, and ${user} can reach neither ${inside} nor ${elsewhere}. ` +
      'Choose another DATA_DIR, run the service as an ordinary user, or set DATABASE_URL.',
  );
}

/**
 * Makes sure that the account may pass through the data folder. One that is private to root is opened to the account's
 * group alone, for passing through; anything else, and everything above it, is left as it is.
 */
async function letIn(dataDir: string, account: Account, say: (text: string) => void): Promise<boolean> {
  if (await holdsFor(account, 'test -x "$1"', dataDir)) return true;
  const { uid, mode } = await stat(dataDir);
  const isPrivate = uid === 0 && (mode & 0o077) === 0;
  if (isPrivate && (await holdsFor(account, 'test -x "$1"', path.dirname(dataDir)))) {
    await chown(dataDir, 0, account.gid);
    await chmod(dataDir, 0o710);
    say(`Let group ${account.gid}, that of the user who runs PostgreSQL, pass through ${dataDir} (mode 0710).`);
  }
  // Another process that opens it at the same moment may have let the account in between our two looks.
  return holdsFor(account, 'test -x "$1"', dataDir);
}

/** Makes the folder, root's own but open to the account; false if the account can't write in a folder inside it. */
async function prepareHome(home: string, account: Account): Promise<boolean> {
  const probe = path.join(home, `probe-${process.pid}-${randomUUID()}`);
  try {
    await mkdir(path.join(home, 'users'), { recursive: true, mode: 0o700 });
    await chown(home, 0, account.gid);
    await chmod(home, 0o710);
    await mkdir(probe, { mode: 0o700 });
    await chown(probe, account.uid, account.gid);
  } catch (error) {
    // File systems that know no owners, or none but ours, and read-only ones.
    if (['EPERM', 'EACCES', 'EROFS', 'EINVAL', 'ENOTSUP'].includes(String((error as NodeJS.ErrnoException).code))) {
      return false;
    }
    throw error;
  }
  const usable = await holdsFor(account, 'test -w "$1" && test -x "$1"', probe);
  await rmdir(probe);
  return usable;
}

function placeAt(home: string, account: Account | undefined, notes: string[]): Place {
  const inHome = (name: string): string => path.join(home, name);
  return {
    home,
    cluster: inHome('cluster'),
    users: inHome('users'),
    lockFile: inHome('lock'),
    passwordFile: inHome('password'),
    portFile: inHome('port'),
    log: inHome('server.log'),
    account,
    notes,
  };
}

function rootNotes(home: string, inside: string, user: string): string[] {
  const notes = [`PostgreSQL refuses to run as root: it runs as ${user}.`];
  if (home !== inside) notes.push(`The data folder is out of that user's reach: the database is kept in ${home}.`);
  return notes;
}

async function ownerOf(folder: string): Promise<Stats | undefined> {
  try {
    return await stat(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
