import { addSeconds } from '../../../src/clock.ts';
import type { Database } from '../../../src/database/connect.ts';
import { addLiveSessions, emptyTables, fillTables, type Size } from '../../../test/support/growth/fill-tables.ts';
import { HOT_QUERIES, subjectAt } from '../../../test/support/growth/hot-queries.ts';
import { readPages, type TimedDatabase } from './measure.ts';

/** A way to store sessions. */
interface Layout {
  name: string;
  sql: string;
}

/** What heartbeats do to the table of sessions, before it is vacuumed. */
export interface HeartbeatCost {
  layout: string;
  /** Share of the updates that left all indexes alone (HOT), 0 to 1. */
  hot: number;
  /** Microseconds of PostgreSQL for each. */
  micros: number;
  walBytes: number;
  heapGrowth: number;
  indexGrowth: number;
  /** Pages that the scan for deadlines touches afterwards. */
  deadlines: number;
  /** The same when many more sessions have begun and ended. */
  deadlinesAfterEnds: number;
  /** The same behind a vacuum. */
  deadlinesVacuumed: number;
}

const INDEX = 'create index relay_sessions_next_deadline_at_idx on relay_sessions (next_deadline_at)';

const LAYOUTS: readonly Layout[] = [
  { name: 'deadline indexed', sql: `${INDEX} where status <> 'stopped'` },
  { name: 'no index on the deadline', sql: '' },
  { name: 'no index on the deadline, fillfactor 80', sql: 'alter table relay_sessions set (fillfactor = 80)' },
];

/** Back to what the migrations make, but without the index that a layout may add; the vacuum is ours to time. */
const RESET = `
  drop index if exists relay_sessions_next_deadline_at_idx;
  alter table relay_sessions reset (fillfactor);
  alter table relay_sessions set (autovacuum_enabled = off)`;

/** Streams whose heartbeats share a transaction, so that round trips are not what is measured. */
const GROUP = 25;
const SCANS = 30;
/** Sessions that begin and end behind the heartbeats; what ended ones leave in indexes goes with a vacuum only. */
const ENDS = 20_000;

/** Sends as many heartbeats to each layout, of all streams in turn, and looks at what they leave. */
export async function measureHeartbeats(
  timed: TimedDatabase,
  size: Size,
  count: number,
  onLayout: (name: string) => void,
): Promise<HeartbeatCost[]> {
  const costs: HeartbeatCost[] = [];
  for (const { name, sql } of LAYOUTS) {
    onLayout(name);
    const { database } = timed;
    await emptyTables(database);
    await database.raw(`${RESET}; ${sql}`);
    await fillTables(database, size, new Date());
    costs.push({ layout: name, ...(await beat(timed, size, count)) });
  }
  return costs;
}

async function beat(timed: TimedDatabase, size: Size, count: number): Promise<Omit<HeartbeatCost, 'layout'>> {
  const { database } = timed;
  const ids = Array.from({ length: size.streams }, (_, turn) => subjectAt(turn, size).sessionId);
  const before = await readState(database);
  const until = addSeconds(new Date(), 3_600);
  let sent = 0;
  let spent = 0;
  for (let round = 1; sent < count; round += 1) {
    for (let from = 0; from < ids.length; from += GROUP) {
      const group = ids.slice(from, from + GROUP);
      spent += await timed.time((db) =>
        db('relay_sessions')
          .whereIn('id', group)
          .update({ lease_expires_at: addSeconds(until, round) }),
      );
      sent += group.length;
    }
  }
  const after = await readState(database);
  const deadlines = await countScan(database, size);
  await endMany(database, size);
  const deadlinesAfterEnds = await countScan(database, size);
  await database.raw('vacuum (index_cleanup on, analyze) relay_sessions');
  return {
    hot: (after.hot - before.hot) / (after.updates - before.updates),
    micros: (spent * 1_000) / sent,
    walBytes: (after.wal - before.wal) / sent,
    heapGrowth: after.heap - before.heap,
    indexGrowth: after.indexes - before.indexes,
    deadlines,
    deadlinesAfterEnds,
    deadlinesVacuumed: await countScan(database, size),
  };
}

async function countScan(database: Database, size: Size): Promise<number> {
  const before = await readPages(database);
  for (let scan = 0; scan < SCANS; scan += 1) await HOT_QUERIES['deadlines due']?.(database, subjectAt(0, size));
  return ((await readPages(database)) - before) / SCANS;
}

/** Ends all live sessions and begins as many, again and again. */
async function endMany(database: Database, { users, streams }: Size): Promise<void> {
  const ended = {
    status: 'stopped',
    active_since: null,
    metered_since: null,
    lease_expires_at: null,
    stopped_at: new Date(),
  };
  for (let round = 1; round * streams <= ENDS; round += 1) {
    await database('relay_sessions').where({ status: 'active' }).update(ended);
    await database('relay_instances').where({ state: 'running' }).delete();
    // Counted from further on, so that they have ids of their own.
    await addLiveSessions(database, { users: users + round * streams, streams }, new Date());
  }
}

interface State {
  hot: number;
  updates: number;
  heap: number;
  indexes: number;
  wal: number;
}

async function readState(database: Database): Promise<State> {
  // Counts are told now and then otherwise.
  await database.raw('select pg_stat_force_next_flush()');
  const { rows } = await database.raw<{ rows: Record<keyof State, string>[] }>(`
    select n_tup_hot_upd as hot, n_tup_upd as updates, pg_relation_size(relid) as heap, pg_indexes_size(relid) as indexes,
      pg_current_wal_lsn() - '0/0' as wal
    from pg_stat_user_tables where relname = 'relay_sessions'`);
  const [row] = rows as [Record<keyof State, string>];
  return {
    hot: Number(row.hot),
    updates: Number(row.updates),
    heap: Number(row.heap),
    indexes: Number(row.indexes),
    wal: Number(row.wal),
  };
}
