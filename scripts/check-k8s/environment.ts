import { basename } from 'node:path';
import type { KnownNames } from '../check-deploy/variables.ts';

const MOUNT = '/run/secrets/telemy/';
const SET_BY_NODE = ['NODE_COMPILE_CACHE', 'NODE_OPTIONS'];

/**
 * Whether the service's environment holds only what the configuration knows, every secret comes from a file, and each of
 * these files is in the Secret that is mounted.
 *
 * @param environment names and values, of all files of variables together.
 * @param secretFiles files that the Secret is made of.
 */
export function environmentFaults(
  known: KnownNames,
  environment: Readonly<Record<string, string | undefined>>,
  secretFiles: readonly string[],
): string[] {
  const names = Object.keys(environment);
  const files = known.secrets.map((name) => `${name}_FILE`);
  const allowed = [...known.variables, ...files, ...SET_BY_NODE];
  const made = secretFiles.map((file) => basename(file));
  const mounted = names.filter((name) => environment[name]?.startsWith(MOUNT)).map((name) => environment[name] ?? '');
  const wanted = mounted.map((file) => file.slice(MOUNT.length));
  return [
    ...names.filter((name) => !allowed.includes(name)).map((name) => `sets ${name}, which nothing reads`),
    ...names.filter((name) => known.secrets.includes(name)).map((name) => `has ${name} in plain: use ${name}_FILE`),
    ...files.filter((name) => !names.includes(name)).map((name) => `doesn't pass ${name} on`),
    ...wanted.filter((name) => !made.includes(name)).map((name) => `reads ${name}, which the Secret doesn't have`),
    ...made.filter((name) => !wanted.includes(name)).map((name) => `has the secret ${name}, which nothing reads`),
  ];
}
