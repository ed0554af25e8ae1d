import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BILLING_SECRET_NAME, SECRET_NAMES } from './config.ts';

/**
 * Adds the secrets that the environment lacks, so that `npm start` needs no configuration. They are made once and kept
 * in the data folder, readable by its owner only. Production gets none: there a missing secret stops the boot.
 */
export function withDevelopmentSecrets(env: NodeJS.ProcessEnv, dataDir: string): NodeJS.ProcessEnv {
  if (env.NODE_ENV === 'production') return env;
  const kept = readOrMake(join(dataDir, 'secrets.json'), dataDir);
  const missing = NAMES.filter((name) => !env[name] && !env[`${name}_FILE`]);
  return { ...env, ...Object.fromEntries(missing.map((name) => [name, kept[name]])) };
}

const NAMES = [...SECRET_NAMES, BILLING_SECRET_NAME];
/** The seller takes webhook secrets of at most this many characters. */
const LONGEST_BILLING_SECRET = 40;

function readOrMake(file: string, dataDir: string): Record<string, string> {
  if (existsSync(file)) return withNewNames(file, read(file));
  mkdirSync(dataDir, { recursive: true });
  const made = makeSecrets(NAMES);
  const draft = writeDraft(file, made);
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

/** A file that an older version made lacks the secrets that were not known then. */
function withNewNames(file: string, kept: Record<string, string>): Record<string, string> {
  const missing = NAMES.filter((name) => kept[name] === undefined);
  if (missing.length === 0) return kept;
  const all = { ...kept, ...makeSecrets(missing) };
  renameSync(writeDraft(file, all), file);
  return read(file);
}

function makeSecrets(names: readonly string[]): Record<string, string> {
  const make = (name: string): string => {
    const secret = randomBytes(32).toString('base64url');
    return name === BILLING_SECRET_NAME ? secret.slice(0, LONGEST_BILLING_SECRET) : secret;
  };
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

function writeDraft(file: string, secrets: Record<string, string>): string {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return draft;
}

function read(file: string): Record<string, string> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}
