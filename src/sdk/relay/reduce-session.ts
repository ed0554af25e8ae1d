import type { RelaySession } from '../../../generated/sdk/types.gen.ts';
import { backoffMs } from './backoff.ts';
import { type Change, changed, type Moment, WELL, without } from './change.ts';
import { type Connection, NO_HEARTBEAT } from './connection.ts';
import type { ConnectionNews, RelayOrigin } from './events.ts';
import type { RelayError } from './relay-error.ts';

/** A connection's relay is started again at most so often within the window; then it waits until the window has passed. */
export const RESTART_LIMIT = 3;
/** Milliseconds. */
export const RESTART_WINDOW_MS = 10 * 60_000;

/** The server said that this is the connection's live session. */
export function withSession(connection: Connection, session: RelaySession, outcome: RelayOrigin, now: number): Change {
  const { session: known } = connection;
  const before = known?.session_id === session.session_id ? known : null;
  const step = session.provision_step;
  const seenAt = before ? connection.stepsSeenAt : {};
  const news: ConnectionNews[] = [];
  if (known && !before) news.push({ type: 'session_gone', session: known });
  if (!before) news.push({ type: 'relay_started', session, outcome });
  if (before ? before.provision_step !== step : session.status === 'provisioning') {
    news.push({ type: 'provision_step', step, session });
  }
  if (session.status !== before?.status) {
    if (session.status === 'active') news.push({ type: 'relay_active', session });
    if (session.status === 'grace') news.push({ type: 'relay_grace', session });
  }
  const stop = connection.isStopDeferred && session.status === 'provisioning';
  const next = {
    ...connection,
    ...WELL,
    session,
    isSynced: true,
    // Somebody took the wish back by another start.
    isStopDeferred: stop,
    stepsSeenAt: step in seenAt ? seenAt : Object.freeze({ ...seenAt, [step]: now }),
    ...(before ? {} : { heartbeat: NO_HEARTBEAT }),
  };
  return withMigrationNews(next, before, session, news);
}

function withMigrationNews(
  connection: Connection,
  before: RelaySession | null,
  session: RelaySession,
  news: ConnectionNews[],
): Change {
  const { saved } = connection;
  const { migration } = session;
  const earlier = before?.migration ?? null;
  const isAwaited = saved.move?.accepted === true;
  if (migration) {
    const { step, new_region: region, failure } = migration;
    if (step !== earlier?.step || region !== earlier.new_region) {
      news.push({ type: 'migration_step', step, region, error: failure && toError(failure) });
    }
    const isOver = isAwaited && step === 'failed';
    return changed(connection, isOver ? { saved: without(saved, 'move') } : {}, news);
  }
  const wasMoving = earlier !== null && earlier.step !== 'failed';
  if (!wasMoving && !isAwaited) return changed(connection, {}, news);
  news.push({ type: 'migration_step', step: 'done', region: session.region, error: null });
  return changed(connection, isAwaited ? { saved: settled(connection) } : {}, news);
}

/** The region that was moved to becomes the one to start in. */
export function settled({ saved }: Connection): Connection['saved'] {
  return { ...without(saved, 'move'), ...(saved.move ? { region: saved.move.region } : {}) };
}

/**
 * The connection's session ended: it is started again if one is wanted, but not without end.
 *
 * @param last the session as it ended, or as it was last seen.
 */
export function withEnd(connection: Connection, last: RelaySession, { now, chance }: Moment): Change {
  const { saved, isHalted } = connection;
  const over = { ...connection, ...WELL, session: null, isSynced: true, heartbeat: NO_HEARTBEAT, stepsSeenAt: {} };
  if (saved.removing) return changed(over, { isDone: true }, [{ type: 'relay_stopped', session: last }]);
  if (isHalted) return changed(over, {}, [{ type: 'relay_stopped', session: last }]);

  const recent = connection.restarts.filter((at) => Math.abs(now - at) < RESTART_WINDOW_MS);
  const oldest = recent[0];
  const isTooOften = recent.length >= RESTART_LIMIT && oldest !== undefined;
  const again = isTooOften ? oldest + RESTART_WINDOW_MS : now + (recent.length && backoffMs(recent.length + 2, chance));
  const news: ConnectionNews[] = [{ type: 'session_gone', session: last }];
  if (last.failure) {
    news.push({ type: 'relay_failed', session: last, error: toError(last.failure), nextRetryAt: again });
  } else {
    news.push({ type: 'relay_stopped', session: last });
  }
  const values = { retryAt: again, error: isTooOften ? LIMITED : null, restarts: [...recent, again] };
  return changed(over, values, news);
}

const LIMITED: RelayError = Object.freeze({
  kind: 'limit',
  code: 'restart_limit',
  message: `The relay ended ${RESTART_LIMIT + 1} times within ${RESTART_WINDOW_MS / 60_000} minutes; the next start waits.`,
});

/** Whether its next start waits because of the limit. */
export function isLimited({ error }: Connection): boolean {
  return error?.kind === 'limit';
}

function toError({ code, message }: NonNullable<RelaySession['failure']>): RelayError {
  return { kind: 'api', code, message };
}
