import { connectDatabase, type Database } from '../../../src/database/connect.ts';
import type { Size } from '../../../test/support/growth/fill-tables.ts';
import { HOT_QUERIES, type HotQuery, subjectAt } from '../../../test/support/growth/hot-queries.ts';

/** How long a query takes at one size: its statements, from sending to the answer, in milliseconds. */
export interface Timing {
  query: string;
  median: number;
  p99: number;
  /** Pages of tables and indexes that it touches on average: a measure that a busy machine doesn't change. */
  pages: number;
}

const PAGE_RUNS = 20;
const WARM_UP = 30;
/** What a round trip costs by itself: tells how busy the machine was. */
export const YARDSTICK = 'select 1 (yardstick)';

/** A pool of one connection that adds up how long its statements take. */
export interface TimedDatabase {
  database: Database;
  /** Milliseconds that the statements of `run` took. */
  time(run: (database: Database) => Promise<unknown>): Promise<number>;
}

/** Opens one. */
export function connectTimed(url: string): TimedDatabase {
  let spent = 0;
  const watch = () => {
    const started = performance.now();
    return () => {
      spent += performance.now() - started;
    };
  };
  const database = connectDatabase({ url, applicationName: 'telemy-bench', poolSize: 1, queryTimeoutMs: 0, watch });
  return {
    database,
    async time(run) {
      spent = 0;
      await run(database);
      return spent;
    },
  };
}

/** Runs the hot queries in turn, each time about someone else. */
export async function measureQueries({ database, time }: TimedDatabase, size: Size, runs: number): Promise<Timing[]> {
  const queries: [string, HotQuery][] = [[YARDSTICK, (db) => db.raw('select 1')], ...Object.entries(HOT_QUERIES)];
  const times = new Map(queries.map(([name]) => [name, [] as number[]]));
  for (let turn = 0; turn < WARM_UP + runs; turn += 1) {
    for (const [name, run] of queries) {
      const took = await time((db) => run(db, subjectAt(turn, size)));
      if (turn >= WARM_UP) times.get(name)?.push(took);
    }
  }
  const pages = new Map<string, number>();
  for (const [name, run] of queries) pages.set(name, await countPages(database, size, run));
  // What the queries have stored must not make the next size's cleanup longer.
  await database('billing_events').where({ state: 'received' }).delete();
  return [...times].map(([query, all]) => ({ query, ...summarize(all), pages: pages.get(query) ?? 0 }));
}

async function countPages(database: Database, size: Size, run: HotQuery): Promise<number> {
  const before = await readPages(database);
  for (let turn = 0; turn < PAGE_RUNS; turn += 1) await run(database, subjectAt(turn, size));
  return ((await readPages(database)) - before) / PAGE_RUNS;
}

/** Pages of our tables and their indexes that were touched so far; connections tell of it when they are asked to. */
export async function readPages(database: Database): Promise<number> {
  await database.raw('select pg_stat_force_next_flush()');
  const { rows } = await database.raw<{ rows: { pages: string }[] }>(`
    select sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)) as pages
    from pg_statio_user_tables where schemaname = 'public'`);
  return Number(rows[0]?.pages);
}

/** Median and 99 % of times. */
export function summarize(times: number[]): { median: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99) };
}
