import { type Change, changed, type Moment, WELL, without } from './change.ts';
import { type Connection, NO_HEARTBEAT } from './connection.ts';
import type { Answer, Command, Input } from './input.ts';
import { withBeatFailure, withFailure, withStop } from './reduce-failure.ts';
import { isLimited, RESTART_WINDOW_MS, settled, withEnd, withSession } from './reduce-session.ts';
import type { PendingStart, SavedConnection } from './store.ts';

/** The state machine of a connection: what an input makes of it, and what there is to tell. Changes nothing itself. */
export function reduce(connection: Connection, input: Input, moment: Moment): Change {
  switch (input.type) {
    case 'wanted':
    case 'removed':
    case 'region_wanted':
    case 'retried':
    case 'doubted':
    case 'released':
    case 'halted':
      return changed(connection, withCommand(connection, input, moment));
    case 'start_due':
      return changed(connection, { saved: withPendingStart(connection, input.idempotencyKey) });
    default:
      return withAnswer(connection, input, moment);
  }
}

function withCommand(connection: Connection, command: Command, { now }: Moment): Partial<Connection> {
  const { saved, session, retryAt } = connection;
  switch (command.type) {
    case 'wanted': {
      const label = command.label ?? saved.label;
      const wanted: SavedConnection = { ...without(saved, 'removing'), ...(label === undefined ? {} : { label }) };
      // Only a start with a new key takes a noted stop back.
      const pendingStart = toPendingStart(wanted, command.idempotencyKey);
      const values = { ...WELL, isHalted: false, isStopDeferred: false, isDone: false };
      return { ...values, saved: saved.removing ? { ...wanted, pendingStart } : wanted };
    }
    case 'removed':
      return { ...WELL, isHalted: false, isStopDeferred: false, saved: { ...without(saved, 'move'), removing: true } };
    case 'region_wanted': {
      const move = { region: command.region, accepted: false };
      const isLive = session !== null || saved.pendingStart !== undefined;
      const wanted = isLive ? { ...saved, move } : { ...without(saved, 'move'), region: command.region };
      return { saved: wanted, ...(connection.block ? WELL : {}) };
    }
    case 'retried':
      return { ...WELL, isHalted: false, isSynced: false, restarts: [], lostBeat: null };
    case 'doubted':
      // A limit holds, but not for the hours by which a clock was set back.
      return {
        isSynced: false,
        retryAt: isLimited(connection) ? Math.min(retryAt ?? 0, now + RESTART_WINDOW_MS) : null,
      };
    case 'released':
      return { isHeld: false, retryAt: retryAt ?? (session ? null : now + command.delayMs) };
    case 'halted':
      return { ...WELL, isHalted: true };
  }
}

/** The words of a start, which stay the same as long as its key does. */
function toPendingStart({ region, streamSlot }: SavedConnection, idempotencyKey: string): PendingStart {
  return {
    idempotencyKey,
    ...(region === undefined ? {} : { region }),
    ...(streamSlot === undefined ? {} : { streamSlot }),
  };
}

/** A move that had to wait for a live relay is over when the next one starts in its region. */
function withPendingStart(connection: Connection, idempotencyKey: string): SavedConnection {
  if (connection.saved.pendingStart) return connection.saved;
  const saved = settled(connection);
  return { ...saved, pendingStart: toPendingStart(saved, idempotencyKey) };
}

function withAnswer(connection: Connection, answer: Answer, moment: Moment): Change {
  const { saved, session: known } = connection;
  switch (answer.type) {
    case 'started': {
      const bound = { ...connection, saved: without(saved, 'pendingStart') };
      const { session, outcome } = answer;
      return session.status === 'stopped'
        ? withEnd(bound, session, moment)
        : withSession(bound, session, outcome, moment.now);
    }
    case 'seen':
      if (answer.session) return withSession(connection, answer.session, 'restored', moment.now);
      if (known) return withEnd(connection, answer.last ?? known, moment);
      return saved.removing && connection.isStopDeferred
        ? changed(connection, { isDone: true }, [{ type: 'relay_stopped', session: null }])
        : changed(connection, { ...WELL, isSynced: true });
    case 'moved':
      return withMove(connection, answer, moment.now);
    case 'stopped':
      return withStop(connection, answer.isDeferred, moment.now);
    case 'failed':
      return withFailure(connection, answer.attempt, answer.error, moment);
    case 'beat_failed':
      return withBeatFailure(connection, answer.beat, answer.error);
    case 'beat_accepted': {
      const { consecutiveFailures: afterFailures } = connection.heartbeat;
      const heartbeat = Object.freeze({ ...NO_HEARTBEAT, lastOkAt: moment.now });
      const isNews = known !== null && known.status !== answer.status;
      return changed(
        connection,
        { heartbeat, ...(isNews ? { isSynced: false } : {}) },
        afterFailures > 0 ? [{ type: 'heartbeat_recovered', afterFailures }] : [],
      );
    }
  }
}

/** The server moves the session, or says that it is where it was wished to be. */
function withMove(connection: Connection, { session, region }: Answer & { type: 'moved' }, now: number): Change {
  const { saved } = connection;
  // Somebody wished for yet another region, or for an end, in the meantime.
  if (saved.move?.region !== region) return withSession(connection, session, 'restored', now);
  if (session.migration && session.migration.step !== 'failed') {
    const accepted = { ...saved, move: { region, accepted: true } };
    return withSession({ ...connection, saved: accepted }, session, 'restored', now);
  }
  const there = { ...connection, saved: settled(connection) };
  const { connection: next, news } = withSession(there, session, 'restored', now);
  const done = { type: 'migration_step', step: 'done', region: session.region, error: null } as const;
  return { connection: next, news: [...news, done] };
}
