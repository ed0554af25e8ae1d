import { setTimeout as sleep } from 'node:timers/promises';
import { addSeconds, systemClock } from '../../../src/clock.ts';
import { connectDatabase, type Database } from '../../../src/database/connect.ts';
import { cleanUp } from '../../../src/jobs/cleanup.ts';
import type { Size } from '../../../test/support/growth/fill-tables.ts';
import { HOT_QUERIES, subjectAt } from '../../../test/support/growth/hot-queries.ts';
import { summarize } from './measure.ts';

/** How quickly the cleanup takes sessions with all that goes along, and what heartbeats meanwhile feel of it. */
export interface CleanupPace {
  load: 'alone' | 'under heartbeats';
  sessions: number;
  /** Sessions in a second. */
  perSecond: number;
  /** Heartbeats in a second meanwhile; 0: none were sent. */
  heartbeats: number;
  /** Milliseconds of a heartbeat, median and 99 %; null: none were sent. */
  heartbeat: { median: number; p99: number } | null;
}

const DAY = 86_400;
/** Sessions are spread over 400 days: each run takes what these many of them brought. */
const DAYS = 10;
/** A plugin and its relay each tell twice a minute. */
const HEARTBEATS_A_SECOND = 4 / 60;

/** Cleans up what some days brought, twice: alone, and while `streams` streams send their heartbeats. */
export async function measureCleanup(url: string, size: Size, streams: number): Promise<CleanupPace[]> {
  const connect = (poolSize: number) =>
    connectDatabase({ url, applicationName: 'telemy-bench', poolSize, queryTimeoutMs: 0 });
  const [cleaner, sender] = [connect(1), connect(4)];
  try {
    const now = systemClock.now();
    await HOT_QUERIES.heartbeat?.(sender, subjectAt(0, size));
    const alone = await clean(cleaner, addSeconds(now, DAYS * DAY));
    const beats = startHeartbeats(sender, size, streams * HEARTBEATS_A_SECOND);
    const loaded = await clean(cleaner, addSeconds(now, 2 * DAYS * DAY)).finally(beats.stop);
    const times = beats.times;
    return [
      { load: 'alone', ...alone, heartbeats: 0, heartbeat: null },
      {
        load: 'under heartbeats',
        ...loaded,
        heartbeats: (times.length * loaded.perSecond) / loaded.sessions,
        heartbeat: summarize(times),
      },
    ];
  } finally {
    await Promise.all([cleaner.destroy(), sender.destroy()]);
  }
}

async function clean(database: Database, now: Date): Promise<{ sessions: number; perSecond: number }> {
  const started = performance.now();
  const { relay_sessions: sessions = 0 } = await cleanUp(database, now);
  return { sessions, perSecond: (sessions * 1_000) / (performance.now() - started) };
}

function startHeartbeats(database: Database, size: Size, perSecond: number) {
  const times: number[] = [];
  const ending = new AbortController();
  const started = performance.now();
  const running = (async () => {
    for (let turn = 0; !ending.signal.aborted; turn += 1) {
      const begun = performance.now();
      await HOT_QUERIES.heartbeat?.(database, subjectAt(turn, size));
      times.push(performance.now() - begun);
      const ahead = started + ((turn + 1) * 1_000) / perSecond - performance.now();
      if (ahead > 1) await sleep(ahead);
    }
  })();
  return {
    times,
    async stop() {
      ending.abort();
      await running;
    },
  };
}
