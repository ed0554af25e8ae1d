import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_NAMES } from './config.ts';

/**
 * Adds the secrets that the environment lacks, so that `npm start` needs no configuration. They are made once and kept
 * in the data folder, readable by its owner only. Production gets none: there a missing secret stops the boot.
 */
export function withDevelopmentSecrets(env: NodeJS.ProcessEnv, dataDir: string): NodeJS.ProcessEnv {
  if (env.NODE_ENV === 'production') return env;
  const kept = readOrMake(join(dataDir, 'secrets.json'), dataDir);
  const missing = SECRET_NAMES.filter((name) => !env[name] && !env[`${name}_FILE`]);
  return { ...env, ...Object.fromEntries(missing.map((name) => [name, kept[name]])) };
}

function readOrMake(file: string, dataDir: string): Record<string, string> {
  if (existsSync(file)) return read(file);
  mkdirSync(dataDir, { recursive: true });
  const made = Object.fromEntries(SECRET_NAMES.map((name) => [name, randomBytes(32).toString('base64url')]));
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(made, null, 2), { mode: 0o600 });
  try {
    // A link appears whole or not at all: of two first starts at once, one makes the secrets and both use them.
    linkSync(draft, file);
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return read(file);
  } finally {
    unlinkSync(draft);
  }
}

function read(file: string): Record<string, string> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}
