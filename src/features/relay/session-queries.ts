import type { Database } from '../../database/connect.ts';
import { closedSeconds, intervalSeconds } from '../usage/index.ts';
import { horizonOf, type RelayDeps } from './lifecycle.ts';
import type { RelaySession } from './session.ts';
import { type SessionChange, settle } from './session-change.ts';
import { findLiveSessions, findSession } from './session-store.ts';

/** A session as it is now, and its billable seconds in closed intervals. */
export interface SessionNow {
  session: RelaySession;
  billedSeconds: number;
  now: Date;
}

type QueryDeps = Pick<RelayDeps, 'clock' | 'alive'> & { database: Database };

/** One of the user's sessions; null for an unknown one and for someone else's. */
export async function readSession(deps: QueryDeps, userId: string, sessionId: string): Promise<SessionNow | null> {
  const session = await findSession(deps.database, sessionId);
  return session && session.userId === userId ? describeNow(deps, session) : null;
}

/** The live session of a connection, or the user's newest one; null when there is none. */
export async function readActive(
  deps: QueryDeps,
  userId: string,
  connectionId: string | undefined,
): Promise<SessionNow | null> {
  const horizon = horizonOf(deps);
  for (const stored of await findLiveSessions(deps.database, userId)) {
    if (connectionId !== undefined && stored.connectionId !== connectionId) continue;
    if (settle(stored, horizon).after.status !== 'stopped') return describeNow(deps, stored);
  }
  return null;
}

/** Adds what was billed: the ledger, and intervals that ended by now without being stored yet. */
export async function describeNow(deps: QueryDeps, stored: RelaySession): Promise<SessionNow> {
  const horizon = horizonOf(deps);
  const change = settle(stored, horizon);
  // A session that was never active has no intervals.
  const closed = stored.activatedAt ? await closedSeconds(deps.database, stored.id) : 0;
  return { session: change.after, billedSeconds: closed + pendingSeconds(change), now: horizon.now };
}

function pendingSeconds(change: SessionChange): number {
  return change.intervals.reduce((sum, interval) => sum + intervalSeconds(interval), 0);
}
