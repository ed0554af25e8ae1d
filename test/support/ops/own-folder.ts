import { chmod, chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresAccount } from '../../../src/database/embedded/account.ts';
import type { Account } from '../../../src/database/embedded/run.ts';

/** A folder of the run, and the user it belongs to where that isn't this process's own. */
export interface OwnFolder {
  path: string;
  account: Account | undefined;
}

/** Makes a folder for a program that refuses to run as root: it belongs to the user that the program runs as then. */
export async function makeOwnFolder(name: string): Promise<OwnFolder> {
  const account = process.getuid?.() === 0 ? await postgresAccount(() => undefined) : undefined;
  const path = await mkdtemp(join(tmpdir(), `${name}-`));
  await chmod(path, 0o700);
  if (account) await chown(path, account.uid, account.gid);
  return { path, account };
}
