import { retryDelayMs } from './backoff.ts';
import { type Change, changed, type Moment, WELL, without } from './change.ts';
import type { Connection } from './connection.ts';
import type { Attempt } from './input.ts';
import { type RelayError, verdictOf } from './relay-error.ts';

/** After a lost start, its request may still be on its way; the stop is sent once more so much later, in milliseconds. */
const LOST_START_MS = 30_000;

/** A request of a connection failed. */
export function withFailure(connection: Connection, attempt: Attempt, error: RelayError, moment: Moment): Change {
  const { saved, session } = connection;
  if (attempt === 'stop' && error.status === 404) return withStop(connection, false, moment.now);
  // Nothing is repeated before somebody asks.
  if (connection.isHalted) return changed(connection, { error });
  const failures = connection.failures + 1;
  const verdict = verdictOf(error);
  const isAnswered = attempt === 'start' && (verdict !== 'retry' || error.code === 'idempotency_mismatch');
  const failed = { ...connection, error, failures, ...(isAnswered ? { saved: without(saved, 'pendingStart') } : {}) };
  const retryAt = moment.now + retryDelayMs(error, failures, moment.chance);

  // It ended, left `active` or is on its way elsewhere: the next look tells.
  if (attempt === 'move' && (error.status === 404 || error.status === 409)) {
    return changed(failed, { isSynced: false, retryAt });
  }
  if (attempt === 'move' && verdict !== 'retry') {
    const region = saved.move?.region ?? '';
    const values = { saved: without(saved, 'move'), failures: 0, retryAt: null };
    return changed(failed, values, [{ type: 'migration_step', step: 'failed', region, error }]);
  }
  if (verdict === 'retry') return changed(failed, { retryAt });
  if (verdict === 'denied') {
    const reasonCode = error.reasonCode ?? error.code;
    return changed(failed, { block: 'denied', retryAt: null }, [{ type: 'denied', reasonCode, error }]);
  }
  return changed(failed, { block: 'failed', retryAt: null }, [
    { type: 'relay_failed', session, error, nextRetryAt: null },
  ]);
}

/** A stop was answered: the relay is gone, or will be once its launch is over. */
export function withStop(connection: Connection, isDeferred: boolean, now: number): Change {
  const { saved, session } = connection;
  if (isDeferred) return changed(connection, { ...WELL, isStopDeferred: saved.removing === true, isSynced: false });
  const ended = { ...connection, ...WELL, session: null, isStopDeferred: false, isSynced: false };
  const news = session ? [{ type: 'relay_stopped' as const, session }] : [];
  if (!saved.removing) return changed(ended, {}, news);
  if (saved.pendingStart) {
    return changed(ended, { saved: without(saved, 'pendingStart'), retryAt: now + LOST_START_MS }, news);
  }
  return changed(ended, { isDone: true }, session ? news : [{ type: 'relay_stopped', session: null }]);
}

/** A heartbeat failed; after a 404 there are no more for that relay, and the server is asked what became of it. */
export function withBeatFailure(connection: Connection, beat: string, error: RelayError): Change {
  const consecutiveFailures = connection.heartbeat.consecutiveFailures + 1;
  const heartbeat = Object.freeze({ ...connection.heartbeat, consecutiveFailures, lastError: error });
  const gone = error.status === 404 ? { lostBeat: beat, isSynced: false, retryAt: null } : {};
  return changed(connection, { heartbeat, ...gone }, [{ type: 'heartbeat_failed', consecutiveFailures, error }]);
}
