import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { SUPERUSER } from './cluster.ts';

const CONNECT_MS = 2_000;
const CREATE_ATTEMPTS = 10;
const RETRY_MS = 100;
/** The server runs and knows us, but has no such database (SQLSTATE). */
export const NO_SUCH_DATABASE = '3D000';

/** The address of the project's database, or of another one, on the embedded server. */
export function databaseUrl(port: number, password: string, database: string = SUPERUSER): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

/** `ok` if the database answers a query, else the error's code (SQLSTATE or the system's) or message. */
export async function askDatabase(url: string): Promise<string> {
  try {
    await query(url, 'select 1');
    return 'ok';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code ?? message;
  }
}

/**
 * Makes the project's database if it is not there yet. One that a killed process had begun to make may appear at any
 * moment, so a failure counts only if the database is still missing. Throws an Error if the server does not answer.
 */
export async function ensureDatabase(port: number, password: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await askDatabase(databaseUrl(port, password));
    if (answer === 'ok') return;
    if (answer !== NO_SUCH_DATABASE) throw new Error(`The embedded PostgreSQL on port ${port} answered: ${answer}`);
    try {
      await query(databaseUrl(port, password, 'postgres'), `create database ${SUPERUSER}`);
    } catch (error) {
      if (attempt === CREATE_ATTEMPTS) throw error;
      await sleep(RETRY_MS);
    }
  }
}

async function query(url: string, text: string): Promise<void> {
  // Said outright, or pg would take them from the environment (PGSSLMODE, PGOPTIONS).
  const plain = { ssl: false, options: '-c default_transaction_read_only=off' };
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, ...plain });
  // A connection cut while idle is reported here; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => undefined);
  }
}
