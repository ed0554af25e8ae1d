import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with one file for each secret, as an operator has it; what a runbook tells to do with them. */
export interface SecretFiles {
  /** `NAME_FILE` for each of them. */
  env(): Promise<Record<string, string>>;
  read(name: string): Promise<string>;
  write(name: string, value: string): Promise<void>;
  /** Makes the present one the previous one, and a new one. */
  replace(name: string): Promise<void>;
  /** Makes a new one that is only accepted: the first of three steps where several servers run. */
  announce(name: string): Promise<void>;
  /** Has the present and the previous one change places: the second. */
  swap(name: string): Promise<void>;
  dropPrevious(name: string): Promise<void>;
}

/** Makes a folder of the run with these secrets in it. */
export async function makeSecretFiles(names: readonly string[]): Promise<SecretFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  const at = (name: string) => join(folder, name);
  const read = (name: string) => readFile(at(name), 'utf8');
  const write = (name: string, value: string) => writeFile(at(name), value, { mode: 0o600 });
  for (const name of names) await write(name, makeSecret());
  return {
    async env() {
      return Object.fromEntries((await readdir(folder)).map((name) => [`${name}_FILE`, at(name)]));
    },
    read,
    write,
    async replace(name) {
      await rename(at(name), at(`${name}_PREVIOUS`));
      await write(name, makeSecret());
    },
    announce: (name) => write(`${name}_PREVIOUS`, makeSecret()),
    async swap(name) {
      await rename(at(name), at('SWAPPED'));
      await rename(at(`${name}_PREVIOUS`), at(name));
      await rename(at('SWAPPED'), at(`${name}_PREVIOUS`));
    },
    dropPrevious: (name) => rm(at(`${name}_PREVIOUS`)),
  };
}

/** As long as the seller takes them, which is the shortest limit of all. */
function makeSecret(): string {
  return randomBytes(30).toString('base64url');
}
