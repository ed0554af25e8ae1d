import { randomBytes, randomUUID } from 'node:crypto';
import { chown, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Binaries } from './binaries.ts';
import { readIfThere, replaceFile } from './files.ts';
import type { Place } from './place.ts';
import { isAlive } from './processes.ts';
import { run } from './run.ts';

/** The superuser of the cluster, and the database made in it. */
export const SUPERUSER = 'telemy';

/** The superuser's password if the place holds a cluster; undefined if it does not. Throws an Error if it is lost. */
export async function readPassword(place: Place): Promise<string | undefined> {
  if ((await readIfThere(path.join(place.cluster, 'PG_VERSION'))) === undefined) return undefined;
  const password = (await readIfThere(place.passwordFile))?.trim();
  if (password) return password;
  throw new Error(
    `The password of the embedded PostgreSQL is missing (${place.passwordFile}). Put the file back, or move ` +
      `${place.home} away to begin with an empty database.`,
  );
}

/**
 * Makes a new cluster and returns its superuser's password. Call it while holding the lock. A run that is cut short
 * leaves nothing that looks like a cluster. Throws an Error with initdb's words if that fails.
 */
export async function createCluster(place: Place, binaries: Binaries): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await replaceFile(place.passwordFile, `${password}\n`, place.home);
  const unique = randomUUID();
  const folder = path.join(place.home, `cluster.new-${unique}`);
  // initdb reads the password as the user it runs as; the file that is kept is not for that user.
  const passwordForInitdb = path.join(place.home, `password.new-${unique}`);
  try {
    await replaceFile(passwordForInitdb, `${password}\n`, place.home, place.account);
    await mkdir(folder, { mode: 0o700 });
    if (place.account) await chown(folder, place.account.uid, place.account.gid);
    const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordForInitdb}`, '--auth=scram-sha-256'];
    // Locale C: the only one that exists, and sorts alike, on every machine.
    const kind = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
    const { code, output } = await run(binaries.initdb, [`--pgdata=${folder}`, ...access, ...kind], place.account);
    if (code !== 0) throw new Error(`initdb could not make the embedded PostgreSQL in ${place.home}:\n${output}`);
    await rename(folder, place.cluster);
  } finally {
    await rm(passwordForInitdb, { force: true });
    await rm(folder, { recursive: true, force: true });
  }
  return password;
}

/** Throws an Error if the cluster was made by another major version of PostgreSQL than the binaries are of. */
export async function checkVersion(place: Place, binaries: Binaries): Promise<void> {
  const made = (await readIfThere(path.join(place.cluster, 'PG_VERSION')))?.trim();
  const major = binaries.version.split('.')[0];
  if (made === major) return;
  throw new Error(
    `The database in ${place.home} was made by PostgreSQL ${made}, the installed one is ${major}. Move the folder ` +
      `away to begin with an empty database, or set DATABASE_URL.`,
  );
}

/**
 * Removes what processes that were killed on the way left behind. Call it while holding the lock. An initdb that
 * outlived its caller may still write there; what it keeps is removed another time.
 */
export async function removeLeftovers(place: Place): Promise<void> {
  for (const name of await readdir(place.home)) {
    // Probes are made outside the lock: those of living processes are in use.
    const prober = /^probe-(\d+)-/.exec(name)?.[1];
    const isLeftover = prober ? !isAlive(Number(prober)) : /^(cluster|password|file)\.new-/.test(name);
    if (!isLeftover) continue;
    await rm(path.join(place.home, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
