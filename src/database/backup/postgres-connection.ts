import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** How a program of PostgreSQL is told where to connect. */
export interface ToolConnection {
  env: Record<string, string>;
  /** Removes the file with the password. */
  remove(): Promise<void>;
}

/** Parameters of a URL by the variable of the same meaning. Source: PostgreSQL, "Environment Variables" (libpq). */
const PARAMETERS: Record<string, string> = {
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  channel_binding: 'PGCHANNELBINDING',
  options: 'PGOPTIONS',
};
const CONNECT_SECONDS = 10;

/**
 * The connection of a database URL as variables for libpq. The password is in none of them, but in a file that only
 * `owner` (default: this process's user) can read: others could see arguments, and some the variables.
 */
export async function toToolConnection(url: string, owner?: { uid: number; gid: number }): Promise<ToolConnection> {
  const { host, port, user, database, password } = new pg.Client({ connectionString: url });
  const parameters = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams(url.split('?')[1]);
  const env: Record<string, string> = {
    PGHOST: host,
    PGPORT: String(port),
    PGCONNECT_TIMEOUT: String(CONNECT_SECONDS),
    PGAPPNAME: 'telemy-backup',
  };
  if (user) env.PGUSER = user;
  if (database) env.PGDATABASE = database;
  const mode = parameters.get('sslmode') ?? process.env.PGSSLMODE;
  // `no-verify` is a word of the npm package alone.
  if (mode) env.PGSSLMODE = mode === 'no-verify' ? 'require' : mode;
  for (const [name, variable] of Object.entries(PARAMETERS)) {
    const value = parameters.get(name) ?? process.env[variable];
    if (value) env[variable] = value;
  }
  if (typeof password !== 'string' || password === '') {
    const { PGPASSFILE } = process.env;
    return { env: PGPASSFILE ? { ...env, PGPASSFILE } : env, remove: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'telemy-pgpass-'));
  const file = join(folder, 'pgpass');
  await writeFile(file, `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, { mode: 0o600 });
  if (owner) for (const one of [file, folder]) await chown(one, owner.uid, owner.gid);
  return { env: { ...env, PGPASSFILE: file }, remove: () => rm(folder, { recursive: true, force: true }) };
}
