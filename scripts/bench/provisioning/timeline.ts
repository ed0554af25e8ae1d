import type { Database } from '../../../src/database/connect.ts';
import { percentile } from '../../soak/trend.ts';
import type { Seen } from './launch.ts';
import type { RelayTimes } from './timed-relays.ts';

/** The moments of one launch in their order, in milliseconds since 1970, all by this machine's clock. */
interface Moments {
  posted: number;
  /** The start was answered. */
  answered: number;
  /** A worker took the job. */
  taken: number;
  /** The call that makes the relay reached the provider. */
  called: number;
  /** The relay was ready, as the provider says. */
  ready: number;
  /** By the worker's clock, before that was stored. */
  active: number;
  /** The plugin's long poll told it. */
  seen: number;
}

type Part = [part: string, read: (moments: Moments) => number];

/** The provider's own time is from the arrival of the call to the moment that it names itself; all else is ours. */
const PARTS: readonly Part[] = [
  ['request to its answer', ({ posted, answered }) => answered - posted],
  ['answer to the job in hand (may lie before it)', ({ answered, taken }) => taken - answered],
  ['job in hand to the call at the provider', ({ taken, called }) => called - taken],
  ["the provider's own time", ({ called, ready }) => ready - called],
  ['ready to noticed by the worker', ({ ready, active }) => active - ready],
  ['noticed to seen by the plugin', ({ active, seen }) => seen - active],
  [
    'added behind the answer to the start',
    ({ answered, called, ready, seen }) => Math.max(0, called - answered) + (seen - ready),
  ],
  ['added by us: all but the provider', ({ posted, called, ready, seen }) => called - posted + (seen - ready)],
];

/** Where the time of each launch went. @throws Error when nothing is known of one. */
export async function momentsOf(
  database: Database,
  seen: readonly Seen[],
  times: ReadonlyMap<string, RelayTimes>,
): Promise<Moments[]> {
  const ids = seen.map(({ sessionId }) => sessionId);
  const { rows } = await database.raw<{ rows: { id: string; taken: Date; active: Date }[] }>(
    `select s.id, j.started_on as taken, s.activated_at as active
       from relay_sessions s join jobs.job j on j.name = 'relay-provision' and j.data ->> 'sessionId' = s.id
      where s.id = any (?)`,
    [ids],
  );
  const stored = new Map(rows.map((row) => [row.id, row]));
  return seen.map(({ sessionId, postedAt, answeredAt, activeAt }) => {
    const [row, relay] = [stored.get(sessionId), times.get(sessionId)];
    if (!row || relay?.readyAt === undefined) throw new Error(`Nothing is known of the launch of ${sessionId}.`);
    return {
      posted: postedAt,
      answered: answeredAt,
      taken: row.taken.getTime(),
      called: relay.calledAt,
      ready: relay.readyAt,
      active: row.active.getTime(),
      seen: activeAt,
    };
  });
}

/** One row for each part. */
export function figuresOf(round: number, moments: readonly Moments[]): object[] {
  return PARTS.map(([part, read]) => {
    const sorted = moments.map(read).sort((a, b) => a - b);
    const at = (percent: number) => Math.round(percentile(sorted, percent));
    return { round, part, p50_ms: at(50), p95_ms: at(95), max_ms: at(100) };
  });
}
