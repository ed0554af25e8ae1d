import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const hostFile = z.object({
  pid: z.int().positive(),
  port: z.int().min(1).max(65_535),
  token: z.string().min(16),
});

/** Where the relay host of a state folder is, and the bearer token that it wants. */
export type HostFile = z.infer<typeof hostFile>;

const SQLITE_BUSY = 5;

function pathIn(stateDir: string): string {
  return join(stateDir, 'relay-host.json');
}

/** What the folder says of its host, which may be dead; null when it says nothing of use. */
export async function readHostFile(stateDir: string): Promise<HostFile | null> {
  try {
    return hostFile.parse(JSON.parse(await readFile(pathIn(stateDir), 'utf8')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || code === 'ENOENT') return null;
    throw error;
  }
}

/** Puts `file` in the place of what was there, whole, readable by the owner only. Only the holder of the claim may. */
export async function writeHostFile(stateDir: string, file: HostFile): Promise<void> {
  const fresh = `${pathIn(stateDir)}.new`;
  await rm(fresh, { force: true });
  await writeFile(fresh, JSON.stringify(file), { flag: 'wx', mode: 0o600 });
  await rename(fresh, pathIn(stateDir));
}

/** Only the holder of the claim may. */
export async function removeHostFile(stateDir: string): Promise<void> {
  await rm(pathIn(stateDir), { force: true });
}

/** Makes the folder, for its owner only, if there is none. */
export async function makeStateDir(stateDir: string): Promise<void> {
  const made = await mkdir(stateDir, { recursive: true, mode: 0o700 });
  if (made !== undefined) await chmod(stateDir, 0o700);
}

/**
 * Claims the folder for this host until the returned function is called or the process ends, however it ends; null when
 * another host holds it. It is the lock of an SQLite file, because Node has no other lock that the system takes back.
 */
export function claimStateDir(stateDir: string): (() => void) | null {
  const lock = new DatabaseSync(join(stateDir, 'relay-host.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
}
