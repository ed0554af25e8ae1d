import type { Transaction } from '../../database/connect.ts';
import { errors } from '../../http/errors.ts';
import { commitChange, horizonOf, type RelayDeps } from './lifecycle.ts';
import type { RelaySession } from './session.ts';
import { settle, withFields, withMove } from './session-change.ts';
import type { Actor } from './session-history-store.ts';
import { allowedTargets } from './session-machine.ts';
import { findLiveSessions, findNewestOfConnection, lockSession } from './session-store.ts';

/** Causes that a caller may give. */
export type StopReason = 'user_requested' | 'shutdown' | 'admin_forced' | 'error_recovery';

export interface StopRequest {
  userId: string;
  sessionId: string | undefined;
  connectionId: string | undefined;
  reason: StopReason;
  /** Whether a stop that comes during the launch may wait. */
  defer: boolean;
  actor: Actor;
}

/** The session afterwards: stopped, or provisioning with the wish noted. */
export type StopResult = { deferred: false; session: RelaySession } | { deferred: true; session: RelaySession };

/** Seconds after which a refused stop may be tried again. */
const RETRY_SECONDS = 3;

/**
 * Stops a session, or notes the wish while its relay is being launched.
 *
 * @throws ApiError 400, 404, 409
 */
export async function stopRelay(deps: RelayDeps, request: StopRequest): Promise<StopResult> {
  return deps.database.transaction(async (trx) => {
    const id = request.sessionId ?? (await findTarget(deps, trx, request));
    const session = await lockSession(trx, id);
    const otherConnection = request.connectionId !== undefined && session?.connectionId !== request.connectionId;
    if (!session || session.userId !== request.userId || otherConnection)
      throw errors.notFound('relay session of yours');
    return stopLocked(deps, trx, session, request);
  });
}

async function stopLocked(
  deps: RelayDeps,
  trx: Transaction,
  session: RelaySession,
  { reason, defer, actor }: StopRequest,
): Promise<StopResult> {
  const horizon = horizonOf(deps);
  const change = settle(session, horizon);
  const { status } = change.after;
  if (status === 'active' || status === 'grace') {
    const stopped = withMove(change, 'stopped', reason, horizon.now);
    return { deferred: false, session: await commitChange(deps, trx, stopped, actor) };
  }
  if (status === 'provisioning') {
    if (!defer) throw errors.invalidTransition(status, 'stopped', allowedTargets(status), RETRY_SECONDS);
    const wished = withFields(change, { stopRequestedAt: session.stopRequestedAt ?? horizon.now, stopReason: reason });
    return { deferred: true, session: await commitChange(deps, trx, wished, actor) };
  }
  return { deferred: false, session: await commitChange(deps, trx, change, { name: 'system' }) };
}

async function findTarget(deps: RelayDeps, trx: Transaction, request: StopRequest): Promise<string> {
  if (request.connectionId !== undefined) {
    const newest = await findNewestOfConnection(trx, request.userId, request.connectionId);
    if (!newest) throw errors.notFound('relay session of yours');
    return newest.id;
  }
  const horizon = horizonOf(deps);
  const sessions = await findLiveSessions(trx, request.userId);
  const live = sessions.filter((session) => settle(session, horizon).after.status !== 'stopped');
  const [only] = live;
  if (!only) throw errors.notFound('relay session of yours');
  if (live.length > 1) {
    throw errors.invalidRequest([
      { path: '/body', message: `must name a session_id or a connection_id: ${live.length} sessions are live` },
    ]);
  }
  return only.id;
}
