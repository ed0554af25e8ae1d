import type { Clock } from '../clock.ts';
import type { Database } from '../database/connect.ts';
import { PREPARED } from '../database/prepared.ts';
import {
  type Account,
  decideEntitlement,
  type Entitlement,
  type Plans,
  type PresentPlan,
  presentPlan,
  type SlotRow,
  type StreamSlot,
  toSlot,
} from './account/index.ts';
import { cyclesOf } from './account-cycles.ts';
import type { UserCache } from './account-view/index.ts';
import {
  type AliveMarks,
  coveredUntil,
  openInterval,
  type RelaySession,
  type SessionRow,
  settle,
  toSession,
} from './relay/index.ts';
import { type Cycle, secondsWithin, summarizeUsage, type UsageSummary } from './usage/index.ts';

/** An account at a glance: the read model behind getAuthSession, the polls and entitlement. */
export interface AccountSnapshot {
  account: Account;
  /** What the account is on at present. */
  present: PresentPlan;
  entitlement: Entitlement;
  cycle: Cycle;
  usage: UsageSummary;
  /** As they are now, newest first. */
  liveSessions: RelaySession[];
  /** The usable ones that exist already, in the order of their numbers. */
  slots: StreamSlot[];
}

export interface SnapshotDeps {
  clock: Clock;
  alive: AliveMarks;
  plans: Plans;
}

interface SnapshotRow {
  sessions: SessionRow[];
  slots: SlotRow[];
  /** Seconds of the closed intervals inside the cycle. */
  billed: number;
  /** Seconds of the cycle's adjustments. */
  adjusted: number;
}

/** Joins across features, which only a query that does nothing but read may do. One round trip. */
const QUERY = `
  select
    (select coalesce(jsonb_agg(to_jsonb(s) order by s.created_at desc, s.id desc), '[]')
       from relay_sessions s where s.user_id = :userId and s.status <> 'stopped') as sessions,
    (select coalesce(jsonb_agg(to_jsonb(t) order by t.slot_number), '[]')
       from stream_slots t where t.user_id = :userId and t.slot_number <= :relays) as slots,
    (select coalesce(sum(extract(epoch from least(u.ended_at, :cycleEnd) - greatest(u.started_at, :cycleStart))), 0)::int
       from usage_intervals u
      where u.user_id = :userId and u.ended_at > :cycleStart and u.started_at < :cycleEnd) as billed,
    (select coalesce(sum(a.seconds), 0)::int
       from usage_adjustments a
      where a.user_id = :userId and a.at >= :cycleStart and a.at < :cycleEnd) as adjusted`;

/** What the database has of an account: nothing in it depends on the time of reading but the cycle. */
interface StoredAccount {
  sessions: readonly RelaySession[];
  slots: readonly StreamSlot[];
  closedSeconds: number;
}

async function readStored(db: Database, params: Record<string, unknown>): Promise<StoredAccount> {
  const { rows } = await db.raw<{ rows: [SnapshotRow] }>(QUERY, params).options(PREPARED);
  const [{ sessions, slots, billed, adjusted }] = rows;
  return { sessions: sessions.map(toSession), slots: slots.map(toSlot), closedSeconds: billed + adjusted };
}

/**
 * Reads an account as it is now. In a transaction, `db` is that transaction.
 *
 * @param kept what is kept of accounts; never in a transaction, which must see what it locks.
 */
export async function readAccountSnapshot(
  deps: SnapshotDeps,
  db: Database,
  account: Account,
  kept?: Pick<UserCache, 'read'>,
): Promise<AccountSnapshot> {
  const now = deps.clock.now();
  const present = presentPlan(account, deps.plans, now);
  const { plan } = present;
  const cycle = cyclesOf(account, deps.plans, now)(now);
  const params = { userId: account.id, relays: plan.relays, cycleStart: cycle.start, cycleEnd: cycle.end };
  const load = () => readStored(db, params);
  // Another plan or cycle is another question.
  const key = `stored ${plan.relays} ${cycle.start.getTime()} ${cycle.end.getTime()}`;
  const until = ({ sessions }: StoredAccount) => coveredUntil(sessions);
  const stored = await (kept ? kept.read(account.id, key, load, { until }) : load());
  const changes = stored.sessions.map((session) => settle(session, { now, aliveUntil: deps.alive.aliveUntil(now) }));
  const liveSessions = changes.map((change) => change.after).filter((session) => session.status !== 'stopped');
  const running = liveSessions.map((session) => openInterval(session, now)).filter((interval) => interval !== null);
  // Intervals that ended by now without being stored yet count too.
  const open = [...changes.flatMap((change) => change.intervals), ...running];
  const consumed = open.reduce((sum, interval) => sum + secondsWithin(interval, cycle), stored.closedSeconds);
  return {
    account,
    present,
    cycle,
    usage: summarizeUsage(plan, consumed),
    entitlement: decideEntitlement({
      account,
      plans: deps.plans,
      consumedSeconds: consumed,
      liveConnections: liveSessions.length,
      now,
    }),
    liveSessions,
    slots: [...stored.slots],
  };
}
