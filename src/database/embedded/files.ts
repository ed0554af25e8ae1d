import { randomUUID } from 'node:crypto';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Account } from './run.ts';

/** The text of a file; undefined if there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Puts a file readable by its owner only in the place of `file`, whole or not at all. It is written in the folder
 * `staging` and moved: where root writes into a folder of another user, a link lying in wait is replaced, not followed.
 */
export async function replaceFile(file: string, text: string, staging: string, owner?: Account): Promise<void> {
  const fresh = `${staging}/file.new-${randomUUID()}`;
  try {
    await writeFile(fresh, text, { flag: 'wx', mode: 0o600 });
    if (owner) await chown(fresh, owner.uid, owner.gid);
    await rename(fresh, file);
  } finally {
    await rm(fresh, { force: true });
  }
}
