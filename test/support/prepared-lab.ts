import assert from 'node:assert/strict';
import pg from 'pg';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { PREPARED } from '../../src/database/prepared.ts';
import { type DatabaseProxy, openDatabaseProxy } from './database-proxy.ts';
import { createTestDatabase } from './test-run.ts';

export interface Thing {
  id: number;
  label: string;
  /** As text once it is a bigint. */
  size: number | string;
}

/** A table of nine things, and a pool of one connection that asks for them. */
export interface PreparedLab {
  /** Each statement finds on its connection what the one before has left. */
  database: Database;
  /** Another such pool. */
  open(): Database;
  proxy: DatabaseProxy;
  ownUrl: string;
  /** Runs statements on a connection of its own. */
  change(sql: string): Promise<void>;
  /** What the pools have sent so far. */
  sent: string[];
}

/** After five runs PostgreSQL may turn from plans for the given values to one for all values. */
export const OFTEN = 7;
/** How long the lab's pools wait for a result, in milliseconds. */
const TIMEOUT_MS = 300;

const THINGS = `create table things (id int primary key, label text, size int);
  create index things_label_idx on things (label);
  insert into things select n, 'thing ' || n, n from generate_series(1, 9) n`;

/** Reads a thing by a statement that asks to be prepared. */
export function readThing(on: Database, id = 3): Promise<Thing> {
  return on('things').first('id', 'label', 'size').where({ id }).options(PREPARED);
}

export async function readOften(on: Database): Promise<void> {
  for (let turn = 0; turn < OFTEN; turn += 1) assert.equal((await readThing(on)).id, 3);
}

/** What is prepared on the pool's connection, oldest first, with how often each ran. */
export async function preparedOn(on: Database): Promise<{ name: string; runs: number }[]> {
  const { rows } = await on.raw(
    'select name, (generic_plans + custom_plans)::int as runs from pg_prepared_statements order by prepare_time',
  );
  return rows;
}

/** How often each ran that is prepared on the pool's connection, oldest first. */
export async function runsOn(on: Database): Promise<number[]> {
  return (await preparedOn(on)).map(({ runs }) => runs);
}

/** Makes the table and the pool anew for each test of the surrounding `describe`. */
export function usePreparedLab(): () => PreparedLab {
  let own: Awaited<ReturnType<typeof createTestDatabase>>;
  let proxy: DatabaseProxy;
  let admin: pg.Client;
  let lab: PreparedLab;
  before(async () => {
    own = await createTestDatabase();
    proxy = await openDatabaseProxy(own.url);
    admin = new pg.Client({ connectionString: own.url });
    await admin.connect();
  });
  after(async () => {
    await proxy?.close();
    await admin?.end();
    await own?.drop();
  });
  beforeEach(async () => {
    await admin.query(THINGS);
    const sent: string[] = [];
    const watch = (sql: string) => {
      sent.push(sql);
      return () => {};
    };
    const open = () =>
      connectDatabase({ url: proxy.url, applicationName: 'test', poolSize: 1, queryTimeoutMs: TIMEOUT_MS, watch });
    const change = async (sql: string) => void (await admin.query(sql));
    lab = { database: open(), open, proxy, ownUrl: own.url, change, sent };
  });
  afterEach(async () => {
    proxy.resume();
    await lab.database.destroy();
    await admin.query('drop table things');
  });
  return () => lab;
}
