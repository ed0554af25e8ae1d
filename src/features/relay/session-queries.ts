import { earlier } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import type { UserCache } from '../account-view/index.ts';
import { asOfNow, type RelayDeps } from './lifecycle.ts';
import type { RelaySession } from './session.ts';
import { findLiveSessions, findSession } from './session-store.ts';

type QueryDeps = Pick<RelayDeps, 'clock' | 'alive'> & { database: Database; accounts: UserCache };

/** Key of a user's live sessions as they are stored. */
const LIVE = 'live sessions';

/**
 * Up to when sessions as they were read may be shown: heartbeats move these marks on without a word to all at once, and
 * nobody shall see one end that was moved. Null: there are none.
 */
export function coveredUntil(sessions: readonly RelaySession[]): Date | null {
  const marks = sessions.flatMap(({ leaseExpiresAt, meteredUntil }) => [leaseExpiresAt, meteredUntil]);
  return marks.filter((mark) => mark !== null).reduce<Date | null>((a, b) => (a ? earlier(a, b) : b), null);
}

/** One of the user's sessions as it is now; null for an unknown one and for someone else's. */
export async function readSession(deps: QueryDeps, userId: string, sessionId: string): Promise<RelaySession | null> {
  const live = deps.accounts.peek<RelaySession[]>(userId, LIVE)?.find(({ id }) => id === sessionId);
  const session = live ?? (await findSession(deps.database, sessionId));
  return session && session.userId === userId ? asOfNow(deps, session) : null;
}

/** The live session of a connection, or the user's newest one; null when there is none. */
export async function readActive(
  deps: QueryDeps,
  userId: string,
  connectionId: string | undefined,
): Promise<RelaySession | null> {
  const load = () => findLiveSessions(deps.database, userId);
  const stored = await deps.accounts.read(userId, LIVE, load, { until: coveredUntil });
  const wanted = stored.filter((session) => connectionId === undefined || session.connectionId === connectionId);
  const live = wanted.map((session) => asOfNow(deps, session)).filter((session) => session.status !== 'stopped');
  return live[0] ?? null;
}
