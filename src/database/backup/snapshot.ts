import pg from 'pg';
import { CONNECT_TIMEOUT_MS } from '../connect.ts';
import { BackupError } from './backup-error.ts';
import { readFigures } from './database-figures.ts';
import type { DatabaseFigures } from './manifest.ts';

/** Any number; the same in every process that makes backups. */
const ADVISORY_LOCK = 7_340_129;

/** A moment of the database that pg_dump can be pointed at. */
export interface Snapshot extends DatabaseFigures {
  /** For `pg_dump --snapshot`. */
  id: string;
  /** Such as 15.18. */
  serverVersion: string;
  serverMajor: number;
  databaseBytes: number;
  schemaVersion: string;
}

/** Another backup of the same database is being made. */
export class BackupUnderWayError extends BackupError {
  override name = 'BackupUnderWayError';

  constructor() {
    super('Another backup of this database is under way. Try again when it is done.');
  }
}

/**
 * Does the work while no other backup of the same database can be made, anywhere.
 *
 * @param url leads to PostgreSQL itself: a pooler in transaction mode would lose the lock.
 * @throws BackupUnderWayError; what the work throws.
 */
export async function asOnlyBackup<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectFor(url);
  try {
    const { rows } = await client.query<{ ours: boolean }>('select pg_try_advisory_lock($1) as ours', [ADVISORY_LOCK]);
    if (!rows[0]?.ours) throw new BackupUnderWayError();
    return await work(client);
  } finally {
    // The end of the connection lets go of the lock.
    await client.end().catch(() => undefined);
  }
}

/** Holds a snapshot open during the work. What is counted and what pg_dump then reads is the same. */
export async function withSnapshot<T>(client: pg.Client, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  await client.query('begin isolation level repeatable read, read only');
  try {
    const { rows } = await client.query<Record<string, string>>(
      `select pg_export_snapshot() as id, current_setting('server_version') as version,
         current_setting('server_version_num') as number, pg_database_size(current_database()) as bytes,
         (select name from public.knex_migrations order by id desc limit 1) as schema`,
    );
    const { id, version, number, bytes, schema } = rows[0] as Record<string, string>;
    return await work({
      id: String(id),
      serverVersion: String(version).split(' ')[0] as string,
      serverMajor: Math.trunc(Number(number) / 10_000),
      databaseBytes: Number(bytes),
      schemaVersion: schema ?? 'none',
      ...(await readFigures(client)),
    });
  } finally {
    await client.query('rollback').catch(() => undefined);
  }
}

/** A connection whose statements and transactions may take as long as they need. */
export async function connectFor(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'telemy-backup',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that is lost while idle fails the next query too; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0');
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}
