import type { Database } from '../../database/connect.ts';
import { asOfNow, type RelayDeps } from './lifecycle.ts';
import type { RelaySession } from './session.ts';
import { findLiveSessions, findSession } from './session-store.ts';

type QueryDeps = Pick<RelayDeps, 'clock' | 'alive'> & { database: Database };

/** One of the user's sessions as it is now; null for an unknown one and for someone else's. */
export async function readSession(deps: QueryDeps, userId: string, sessionId: string): Promise<RelaySession | null> {
  const session = await findSession(deps.database, sessionId);
  return session && session.userId === userId ? asOfNow(deps, session) : null;
}

/** The live session of a connection, or the user's newest one; null when there is none. */
export async function readActive(
  deps: QueryDeps,
  userId: string,
  connectionId: string | undefined,
): Promise<RelaySession | null> {
  const stored = await findLiveSessions(deps.database, userId);
  const wanted = stored.filter((session) => connectionId === undefined || session.connectionId === connectionId);
  const live = wanted.map((session) => asOfNow(deps, session)).filter((session) => session.status !== 'stopped');
  return live[0] ?? null;
}
