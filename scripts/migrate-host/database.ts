import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connectFor } from '../../src/database/backup/snapshot.ts';
import { MoveError } from './move-error.ts';

const SETTING = 'default_transaction_read_only';
/** A connection that was being made while the setting changed shows up a little later. */
const CLEAN_LOOKS = 3;
const LOOK_EVERY_MS = 300;
const CLOSE_LIMIT_MS = 60_000;

/** The URL with sessions that may write although the database is read-only: for this tool alone. */
export function writableUrl(url: string): string {
  const writable = new URL(url);
  writable.searchParams.set('options', `-c ${SETTING}=off`);
  return writable.href;
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectFor(url);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether sessions that ask for nothing special may write. */
export function canWrite(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rows } = await client.query(`select current_setting('${SETTING}') as state`);
    return rows[0].state === 'off';
  });
}

/**
 * Makes a database read-only: later connections by its setting, present ones by ending them. When it returns, no session
 * from before is left.
 */
export async function closeForWrites(url: string): Promise<void> {
  await setReadOnly(url, 'on');
  await withClient(writableUrl(url), async (client) => {
    const overridden = await client.query(
      `select coalesce(r.rolname, 'all') as role from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
       where s.setrole <> 0 and array_to_string(s.setconfig, ' ') ~ '${SETTING}=(off|false|0)'`,
    );
    const [override] = overridden.rows;
    if (override) throw new MoveError(`ALTER ROLE ${override.role} RESET ${SETTING} first: it would go on writing.`);
  });
  if (await canWrite(url)) throw new MoveError(`A setting of the role in the URL lets it write all the same.`);
}

/** Lets everyone write again; connections are ended, so that they come back writable. */
export const openForWrites = (url: string): Promise<void> => setReadOnly(url, 'off');

async function setReadOnly(url: string, state: 'on' | 'off'): Promise<void> {
  await withClient(writableUrl(url), async (client) => {
    const { rows } = await client.query('select current_database() as name');
    const name = client.escapeIdentifier(rows[0].name);
    await client.query(
      state === 'on' ? `alter database ${name} set ${SETTING} = on` : `alter database ${name} reset ${SETTING}`,
    );
    const { rows: moments } = await client.query('select clock_timestamp()::text as at');
    const deadline = performance.now() + CLOSE_LIMIT_MS;
    for (let clean = 0; clean < CLEAN_LOOKS; ) {
      const ended = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
           and backend_start < $1`,
        [moments[0].at],
      );
      clean = ended.rows.length === 0 ? clean + 1 : 0;
      if (performance.now() > deadline)
        throw new MoveError('Sessions from before the change would not end. Try again.');
      await sleep(LOOK_EVERY_MS);
    }
  });
}

/** The service's processes that are connected, by their names. */
export async function servicesAt(url: string): Promise<string[]> {
  const { rows } = await withClient(url, (client) =>
    client.query(
      `select distinct application_name as name from pg_stat_activity where datname = current_database()
       and pid <> pg_backend_pid() and application_name ~ '^telemy-(api|worker)' order by 1`,
    ),
  );
  return rows.map(({ name }) => String(name));
}

/** Empties a database that a restore was cut short in. */
export async function emptyDatabase(url: string): Promise<void> {
  await withClient(writableUrl(url), async (client) => {
    const { rows } = await client.query(
      `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
    );
    await client.query('begin');
    for (const { name } of rows) await client.query(`drop schema ${client.escapeIdentifier(name)} cascade`);
    await client.query('create schema public authorization pg_database_owner');
    await client.query('grant usage on schema public to public');
    await client.query('commit');
  });
}
