import { earlier, floorToSecond } from '../clock.ts';
import type { Database, Transaction } from '../database/connect.ts';
import type { Account } from './account/index.ts';
import { cyclesOf } from './account-cycles.ts';
import type { SnapshotDeps } from './account-snapshot.ts';
import { openInterval, type SessionRow, settle, toSession } from './relay/index.ts';
import type { SessionUsage, UsagePage, UsagePageRequest, UsageParts } from './usage/index.ts';

/** Billable time of a live session that the ledger lacks. */
interface Unstored {
  sessionId: string;
  startedAt: Date;
  endedAt: Date;
  /** Whether it goes on. */
  open: boolean;
}

/** What a live session is at the instant of the list, where deadlines have changed it since it was stored. */
type Settled = Map<string, { status: SessionRow['status']; stoppedAt: Date | null }>;

interface PageRow {
  consumed: number;
  adjustments: JsonAdjustment[];
  sessions: JsonSession[];
}

interface JsonAdjustment {
  at: string;
  seconds: number;
  reason: string;
}

interface JsonSession {
  id: string;
  connection_id: string | null;
  region: string;
  status: SessionRow['status'];
  activated_at: string | null;
  stopped_at: string | null;
  began_at: string;
  seconds: number;
  intervals: { started_at: string; ended_at: string; open: boolean }[];
  adjustments: JsonAdjustment[];
}

/**
 * Joins across features, which only a query that does nothing but read may do. Everything is cut to the cycle and to the
 * instant of the list, so that later changes of the ledger change nothing that was told.
 */
const QUERY = `
  with spans as (
    select session_id, started_at, ended_at, ended_at > :asOf as open
      from usage_intervals
     where user_id = :userId and ended_at > :cycleStart and started_at < :until
    union all
    select * from unnest(:ids::text[], :starts::timestamptz[], :ends::timestamptz[], :opens::boolean[])
  ),
  parts as (
    select session_id, greatest(started_at, :cycleStart) as started_at, least(ended_at, :until) as ended_at, open
      from spans
     where least(ended_at, :until) > greatest(started_at, :cycleStart)
  ),
  adjustments as (
    select id, session_id, at, seconds, reason
      from usage_adjustments
     where user_id = :userId and at >= :cycleStart and at < :cycleEnd and created_at <= :asOf
  ),
  totals as (
    select session_id, sum(seconds)::int as seconds
      from (select session_id, extract(epoch from ended_at - started_at) as seconds from parts
            union all
            select session_id, seconds from adjustments) as every
     group by session_id
  ),
  page as (
    select s.*, t.seconds, coalesce(s.activated_at, s.created_at) as began_at
      from totals t join relay_sessions s on s.id = t.session_id and s.user_id = :userId
     where :afterBeganAt::timestamptz is null
        or (coalesce(s.activated_at, s.created_at), s.id) < (:afterBeganAt::timestamptz, :afterSessionId::text)
     order by began_at desc, s.id desc
     limit :limit
  )
  select
    (select coalesce(sum(seconds), 0)::int from totals) as consumed,
    (select coalesce(jsonb_agg(to_jsonb(a) order by a.at, a.id), '[]')
       from adjustments a where a.session_id is null) as adjustments,
    (select coalesce(jsonb_agg(jsonb_build_object(
       'id', p.id,
       'connection_id', p.connection_id,
       'region', p.region,
       'status', coalesce(
         (select e.to_status from relay_session_events e
           where e.session_id = p.id and e.at <= :asOf order by e.id desc limit 1), p.status),
       'activated_at', p.activated_at,
       'stopped_at', p.stopped_at,
       'began_at', to_char(p.began_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       'seconds', p.seconds,
       'intervals', (select coalesce(jsonb_agg(to_jsonb(i) order by i.started_at, i.ended_at), '[]')
                       from parts i where i.session_id = p.id),
       'adjustments', (select coalesce(jsonb_agg(to_jsonb(a) order by a.at, a.id), '[]')
                         from adjustments a where a.session_id = p.id)
     ) order by p.began_at desc, p.id desc), '[]') from page p) as sessions`;

/**
 * Explains the usage of a cycle: its sessions that cost something, newest activation first, each with its billable time.
 * The first page is about now, further ones about the instant of the first.
 */
export async function readUsageSessions(
  deps: SnapshotDeps,
  database: Database,
  account: Account,
  { limit, position }: UsagePageRequest,
): Promise<UsagePage> {
  const now = deps.clock.now();
  const asOf = position ? earlier(position.asOf, now) : now;
  const cycle = position?.cycle ?? cyclesOf(account, deps.plans, now)(now);
  // One state of the database for both: a session that stops in between would count twice.
  const options = { isolationLevel: 'repeatable read', readOnly: true } as const;
  const { row, settled } = await database.transaction(async (trx) => {
    const live = await readLive(deps, trx, account.id, asOf);
    const { rows } = await trx.raw<{ rows: PageRow[] }>(QUERY, {
      userId: account.id,
      asOf,
      cycleStart: cycle.start,
      cycleEnd: cycle.end,
      until: earlier(floorToSecond(asOf), cycle.end),
      ids: live.unstored.map(({ sessionId }) => sessionId),
      starts: live.unstored.map(({ startedAt }) => startedAt),
      ends: live.unstored.map(({ endedAt }) => endedAt),
      opens: live.unstored.map(({ open }) => open),
      afterBeganAt: position?.after.beganAt ?? null,
      afterSessionId: position?.after.sessionId ?? null,
      // One more than asked for tells whether there is a next page.
      limit: limit + 1,
    });
    return { row: rows[0] as PageRow, settled: live.settled };
  }, options);

  const told = row.sessions.slice(0, limit);
  const last = told.at(-1);
  const hasMore = row.sessions.length > limit;
  return {
    asOf,
    cycle,
    consumedSeconds: row.consumed,
    sessions: told.map((session) => toSessionUsage(session, settled)),
    adjustments: position ? [] : row.adjustments.map(toAdjustment),
    next: hasMore && last ? { asOf, cycle, after: { beganAt: last.began_at, sessionId: last.id } } : null,
  };
}

async function readLive(
  deps: SnapshotDeps,
  trx: Transaction,
  userId: string,
  asOf: Date,
): Promise<{ unstored: Unstored[]; settled: Settled }> {
  const rows = await trx<SessionRow>('relay_sessions').where({ user_id: userId }).whereRaw("status <> 'stopped'");
  const horizon = { now: asOf, aliveUntil: earlier(deps.alive.aliveUntil(deps.clock.now()), asOf) };
  const changes = rows.map((row) => settle(toSession(row), horizon));
  const unstored = changes.flatMap(({ after, intervals }) => {
    const open = openInterval(after, asOf);
    const goesOn = after.meteredUntil === null || after.meteredUntil > asOf;
    return [
      ...intervals.map((interval) => ({ sessionId: after.id, ...interval, open: false })),
      ...(open ? [{ sessionId: after.id, ...open, open: goesOn }] : []),
    ];
  });
  const moved = changes.filter(({ transitions }) => transitions.length > 0);
  return { unstored, settled: new Map(moved.map(({ after }) => [after.id, after])) };
}

function toSessionUsage(session: JsonSession, settled: Settled): SessionUsage {
  const now = settled.get(session.id);
  const status = now?.status ?? session.status;
  const stoppedAt = now?.stoppedAt ?? (session.stopped_at === null ? null : new Date(session.stopped_at));
  return {
    sessionId: session.id,
    connectionId: session.connection_id,
    region: session.region,
    status,
    startedAt: session.activated_at === null ? null : floorToSecond(new Date(session.activated_at)),
    endedAt: status === 'stopped' && stoppedAt ? floorToSecond(stoppedAt) : null,
    consumedSeconds: session.seconds,
    ...toParts(session),
  };
}

function toParts({ intervals, adjustments }: JsonSession): UsageParts {
  return {
    intervals: intervals.map((interval) => ({
      startedAt: new Date(interval.started_at),
      endedAt: new Date(interval.ended_at),
      open: interval.open,
    })),
    adjustments: adjustments.map(toAdjustment),
  };
}

function toAdjustment({ at, seconds, reason }: JsonAdjustment): UsageParts['adjustments'][number] {
  return { at: new Date(at), seconds, reason };
}
