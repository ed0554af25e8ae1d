import { randomUUID } from 'node:crypto';
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readIfThere } from './files.ts';
import { isTagAlive, processTag } from './processes.ts';

/** Notes in the folder that this process uses the cluster; returns the note's file, to be given to `unregister`. */
export async function register(folder: string): Promise<string> {
  const file = path.join(folder, `${process.pid}-${randomUUID()}`);
  await writeFile(file, processTag(process.pid), { flag: 'wx' });
  // For the folder's owner to read what root wrote, whatever the umask.
  await chmod(file, 0o644);
  return file;
}

/** Takes the note away, and those of dead processes, and returns how many users are left. */
export async function unregister(file: string): Promise<number> {
  await rm(file, { force: true });
  return countUsers(path.dirname(file));
}

async function countUsers(folder: string): Promise<number> {
  let living = 0;
  for (const name of await readdir(folder)) {
    const tag = await readIfThere(path.join(folder, name));
    if (tag !== undefined && isTagAlive(tag)) living += 1;
    else await rm(path.join(folder, name), { force: true });
  }
  return living;
}
