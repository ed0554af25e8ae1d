import assert from 'node:assert/strict';
import type { Database } from '../../../src/database/connect.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { call } from '../../../test/support/http.ts';
import { startRelayAt } from '../../../test/support/ops/plugin.ts';
import type { ServerProcess } from '../../../test/support/process.ts';
import { addDevice } from './streams.ts';
import { readUsed } from './used.ts';

/** What the life of one relay session leaves behind, from its start to the end of its relay. */
export interface Growth {
  rows: number;
  /** Of these rows, without indexes. */
  bytes: number;
  walBytes: number;
}

/** How long relays may take to go away, in milliseconds. */
const END_LIMIT_MS = 30_000;

/** Has some sessions live through their lives on a whole service; what each of them leaves behind on average. */
export async function measureLives(database: Database, server: ServerProcess, count: number): Promise<Growth> {
  const devices = [];
  for (let made = 0; made < count; made += 1) devices.push(await addDevice(database));
  const [before, used] = [await countAll(database), await readUsed(database, [server])];
  await Promise.all(
    devices.map(async ({ token }) => {
      const { session_id } = await startRelayAt(server, { access: token, refresh: '' });
      const { status, text } = await call(server, 'POST', '/relay/stop', { token, body: { session_id } });
      assert.equal(status, 200, text);
    }),
  );
  await eventually(
    async () => {
      const open = await database('relay_instances').whereNot({ state: 'terminated' }).count().first();
      assert.equal(Number(open?.count), 0, 'relays that are still there');
    },
    { timeoutMs: END_LIMIT_MS, intervalMs: 250 },
  );
  const [after, usedAfter] = [await countAll(database), await readUsed(database, [server])];
  return {
    rows: (after.rows - before.rows) / count,
    bytes: (after.bytes - before.bytes) / count,
    walBytes: (usedAfter.wal - used.wal) / count,
  };
}

/** A row's header and its place in the page, which pg_column_size of a whole row counts but for the latter. */
const PLACE_BYTES = 4;

async function countAll(database: Database): Promise<{ rows: number; bytes: number }> {
  const tables: string[] = await database('pg_tables').where({ schemaname: 'public' }).pluck('tablename');
  const counts = tables.map((table) =>
    database(`${table} as t`)
      .select(
        database.raw('count(*)::int as rows, coalesce(sum(pg_column_size(t.*) + ?), 0)::int as bytes', PLACE_BYTES),
      )
      .first<{ rows: number; bytes: number }>(),
  );
  const each = await Promise.all(counts);
  return {
    rows: each.reduce((sum, { rows }) => sum + rows, 0),
    bytes: each.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
