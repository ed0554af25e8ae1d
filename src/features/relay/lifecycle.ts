import { type Clock, later } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import type { JobQueue } from '../../jobs/job-queue.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { appendIntervals, dropGaps } from '../usage/index.ts';
import type { AliveMarks } from './alive-marks.ts';
import type { Horizon } from './deadlines.ts';
import { tellLaunch } from './launch-news.ts';
import type { RelaySession } from './session.ts';
import { type SessionChange, settle } from './session-change.ts';
import { type Actor, eventsInsert, stepInsert } from './session-history-store.ts';
import { updateSession } from './session-store.ts';

/** PostgreSQL channel that tells of changed sessions; its payload is the user's id. */
export const SESSION_CHANNEL = 'telemy_sessions';

/** What every part of the relay feature works with. */
export interface RelayDeps {
  database: Database;
  clock: Clock;
  jobs: JobQueue;
  alive: AliveMarks;
  metrics: Metrics;
}

export const SYSTEM: Actor = { name: 'system' };

/** Up to where deadlines may act at present. */
export function horizonOf(deps: Pick<RelayDeps, 'clock' | 'alive'>): Horizon {
  const now = deps.clock.now();
  return { now, aliveUntil: deps.alive.aliveUntil(now) };
}

/** A session as it is now, whether or not a job has stored it yet. */
export function asOfNow(deps: Pick<RelayDeps, 'clock' | 'alive'>, session: RelaySession): RelaySession {
  return settle(session, horizonOf(deps)).after;
}

/**
 * Stores what happened to a locked session, in the caller's transaction: the row, its events, the closed intervals of
 * the ledger, the take-down of a relay that has ended, and the word to those who wait for a change.
 *
 * @returns the session as stored.
 */
export async function commitChange(
  deps: RelayDeps,
  trx: Transaction,
  change: SessionChange,
  actor: Actor,
): Promise<RelaySession> {
  const { before, after, transitions } = change;
  if (after === before) return before;
  const now = deps.clock.now();
  const ends = after.status === 'stopped' && before.status !== 'stopped';
  const isComingUp = before.status === 'provisioning' || before.migration !== null;
  const wishes = ends || after.stopRequestedAt !== before.stopRequestedAt;
  // None needs what another one answers: together they are one way to the database and back.
  await Promise.all([
    updateSession(trx, before, after),
    transitions.length > 0 && eventsInsert(trx, after, transitions, actor, now),
    ...newSteps(change).map((step) => stepInsert(trx, after, step, later(now, after.updatedAt))),
    storeBill(trx, change),
    ends && deps.jobs.enqueue(trx, 'relay-deprovision', { sessionId: after.id }),
    isComingUp && wishes && tellLaunch(trx, after.id),
    after.version !== before.version && notifyChange(trx, after.userId),
  ]);
  for (const { from, to, cause } of transitions) deps.metrics.sessionTransitions.inc({ from, to, cause });
  if (before.status === 'provisioning' && after.failure) {
    deps.metrics.provisionFailures.inc({ code: after.failure.code, region: after.region });
  }
  return after;
}

/** Where a launch or a move has got to by a change. */
function newSteps({ before, after }: SessionChange) {
  return [
    ...(after.provisionStep === before.provisionStep ? [] : [after.provisionStep]),
    ...(after.migration && after.migration.step !== before.migration?.step ? [after.migration.step] : []),
  ];
}

/** Stores what a change means for the ledger. */
export async function storeBill(trx: Transaction, { before, after, intervals }: SessionChange): Promise<void> {
  await appendIntervals(trx, after, intervals);
  if (before.hasGaps && !after.hasGaps) await dropGaps(trx, after.id);
}

/** Wakes those who wait for a change of the user's sessions, once the transaction is committed. */
export async function notifyChange(trx: Transaction, userId: string): Promise<void> {
  await trx.raw('select pg_notify(?, ?)', [SESSION_CHANNEL, userId]);
}
