import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DeviceTokens, TokenStore } from '../token-store.ts';
import { readTokens, writeTokens } from './stored-tokens.ts';

/** Where and for whom tokens are kept in a file. */
export interface FileTokenStoreOptions {
  /** The file. Its folder is made when it is missing, for its owner alone (0700). */
  path: string;
  /** The system whose rules hold; default: this one. On `win32` files have no mode, so nothing is checked. */
  platform?: string;
}

/** Another program may be writing a younger draft just now; in milliseconds. */
const ABANDONED_MS = 60_000;

/** Bits of a mode that let others than the owner in. */
const OTHERS = 0o077;

/**
 * Keeps tokens in a file that only its owner can read (0600). It is replaced as a whole: whoever reads it while it is
 * saved, or after the machine went down in between, finds the old tokens or the new ones.
 *
 * What a program that was killed while it saved left of its tokens is deleted by a save a minute later or more.
 *
 * Where the system has a keyring, `createKeyringTokenStore` is the better place.
 *
 * `load` rejects with an Error if the file is cut short or foreign, and, except on Windows, if others may read it: then
 * the tokens may be known to them already. Both methods reject with the error of the file system if that says no.
 */
export function createFileTokenStore({ path, platform = process.platform }: FileTokenStoreOptions): TokenStore {
  // Two saves at once must not end in the order in which the disk happens to be done with them.
  let last: Promise<void> = Promise.resolve();
  return {
    load: () => load(path, platform),
    save(tokens) {
      const saved = last
        .then(() => (tokens ? replace(path, tokens) : rm(path, { force: true })))
        .then(() => sweep(path).catch(() => undefined));
      last = saved.catch(() => undefined);
      return saved;
    },
  };
}

async function load(path: string, platform: string): Promise<DeviceTokens | null> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return null;
  try {
    // Asked of the open file: the name may lead to another one by now.
    const { mode } = await file.stat();
    if (platform !== 'win32' && mode & OTHERS) throw new Error(readableByOthers(path, mode));
    return readTokens(await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
}

function readableByOthers(path: string, mode: number): string {
  const found = (mode & 0o777).toString(8).padStart(4, '0');
  return (
    `Others can get at ${path} (mode ${found}), and may have its tokens. ` +
    'Sign the device out on the account page, delete the file and sign in again.'
  );
}

async function replace(path: string, tokens: DeviceTokens): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // In the same folder, since a file can't be renamed into another file system.
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(writeTokens(tokens));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Deletes the drafts of this file that nobody will finish. */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(start) || !DRAFT_END.test(name.slice(start.length))) continue;
    const draft = join(folder, name);
    if (Date.now() - (await stat(draft)).mtimeMs > ABANDONED_MS) await rm(draft, { force: true });
  }
}

/** As `randomUUID` writes it. */
const DRAFT_END = /^[0-9a-f-]{36}\.tmp$/;
