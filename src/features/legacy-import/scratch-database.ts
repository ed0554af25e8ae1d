import { randomBytes } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import pg from 'pg';
import { PostgresToolError, runPostgresTool } from '../../database/backup/postgres-run.ts';
import { findPostgresTools, PostgresToolsMissingError } from '../../database/backup/postgres-tools.ts';
import { SourceError } from './source.ts';

/** The Go service ran on PostgreSQL 15 or 16; what is too old for a dump says so itself. */
const OLDEST_MAJOR = 15;
/** A restore is given up after this long, in milliseconds (six hours). */
const RESTORE_TIMEOUT_MS = 6 * 3_600_000;

export interface ScratchOptions {
  /** A dump by `pg_dump -Fc`. */
  file: string;
  /** A database of the server to make the scratch database on. */
  serverUrl: string;
  /** The only folder to look for PostgreSQL's programs in. */
  binDir?: string | undefined;
}

/**
 * Restores a dump into a database that is there only while the task runs.
 *
 * @throws SourceError with what to do.
 */
export async function withRestoredDump<T>(options: ScratchOptions, task: (url: string) => Promise<T>): Promise<T> {
  const { file, serverUrl, binDir } = options;
  await access(file, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw new SourceError(`The dump ${file} cannot be read (${error.code}).`);
  });
  const pgRestore = await findRestore(binDir);
  const name = `telemy_import_${randomBytes(6).toString('hex')}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  try {
    await server.query(`create database ${name}`).catch((error: Error) => {
      throw new SourceError(`No scratch database can be made (${error.message}). Restore the dump yourself: --from.`);
    });
    try {
      const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).toString();
      await restore(pgRestore, { file, url, name });
      return await task(url);
    } finally {
      await server.query(`drop database ${name} with (force)`);
    }
  } finally {
    await server.end();
  }
}

async function findRestore(binDir: string | undefined): Promise<string> {
  try {
    const tools = await findPostgresTools({ tools: ['pg_restore'], atLeast: OLDEST_MAJOR, binDir });
    return tools.path('pg_restore');
  } catch (error) {
    throw error instanceof PostgresToolsMissingError ? new SourceError(error.message) : error;
  }
}

async function restore(pgRestore: string, { file, url, name }: { file: string; url: string; name: string }) {
  const args = ['--no-owner', '--no-privileges', '--exit-on-error', '--dbname', name, file];
  try {
    await runPostgresTool(pgRestore, args, { url, timeoutMs: RESTORE_TIMEOUT_MS });
  } catch (error) {
    throw error instanceof PostgresToolError ? new SourceError(`The dump cannot be restored. ${error.message}`) : error;
  }
}
