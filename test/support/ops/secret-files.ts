import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecret, rotateSecret, type Step } from '../../../scripts/secrets/rotate.ts';

/** A folder with one file for each secret, as an operator has it; what a runbook tells to do with them. */
export interface SecretFiles {
  /** `NAME_FILE` for each of them. */
  env(): Promise<Record<string, string>>;
  read(name: string): Promise<string>;
  write(name: string, value: string): Promise<void>;
  /** A step of its rotation, as `npm run secrets` takes it. */
  take(step: Step, name: string): Promise<void>;
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
    take: (step, name) => rotateSecret(folder, name, step),
  };
}
