import type { RelaySession } from '../../../generated/sdk/types.gen.ts';
import type { RelayError } from './relay-error.ts';
import type { ConnectionSnapshot, HeartbeatHealth, RelayState } from './snapshot.ts';
import type { SavedConnection } from './store.ts';

/** All that the manager knows of one connection. Never changed, only replaced. */
export interface Connection {
  readonly saved: SavedConnection;
  /** The live session, as last seen. */
  readonly session: RelaySession | null;
  /** Whether `session` is what the server said since the last doubt. */
  readonly isSynced: boolean;
  /** Waits with its start until all connections of this load have been looked for. */
  readonly isHeld: boolean;
  /** All were stopped; does nothing until asked. */
  readonly isHalted: boolean;
  /** The removal was noted by the server and waits for the launch. */
  readonly isStopDeferred: boolean;
  /** Removed, and without a relay. */
  readonly isDone: boolean;
  /** Does nothing until asked, because the last try can't be repeated. */
  readonly block: 'denied' | 'failed' | null;
  readonly error: RelayError | null;
  /** Failures in a row. */
  readonly failures: number;
  /** Milliseconds since 1970. */
  readonly retryAt: number | null;
  /** When relays were started again lately. */
  readonly restarts: readonly number[];
  readonly stepsSeenAt: Readonly<Partial<Record<RelaySession['provision_step'], number>>>;
  readonly heartbeat: HeartbeatHealth;
  /** The relay for which a heartbeat was answered 404: it gets no more. */
  readonly lostBeat: string | null;
}

export const NO_HEARTBEAT: HeartbeatHealth = { lastOkAt: null, consecutiveFailures: 0, lastError: null };

/** A connection of which nothing but its saved part is known. */
export function newConnection(saved: SavedConnection, isHeld = false): Connection {
  return {
    saved,
    session: null,
    isSynced: false,
    isHeld,
    isHalted: false,
    isStopDeferred: false,
    isDone: false,
    block: null,
    error: null,
    failures: 0,
    retryAt: null,
    restarts: [],
    stepsSeenAt: {},
    heartbeat: NO_HEARTBEAT,
    lostBeat: null,
  };
}

/** What to do next for a connection; `wait` with `until` null: until something happens. */
export type Step =
  | { do: 'forget' | 'stop' | 'sync' | 'start' | 'move' | 'watch' }
  /** Milliseconds since 1970. */
  | { do: 'wait'; until: number | null };

/** @param now milliseconds since 1970. */
export function nextStep(connection: Connection, now: number): Step {
  const { saved, session, retryAt, isSynced } = connection;
  if (connection.isDone) return { do: 'forget' };
  if (connection.isHalted || connection.block) return { do: 'wait', until: null };
  if (retryAt !== null && retryAt > now) return { do: 'wait', until: retryAt };
  if (saved.removing && !connection.isStopDeferred) return { do: 'stop' };
  if (!isSynced) return { do: 'sync' };
  if (saved.removing) return { do: 'watch' };
  if (!session || saved.pendingStart) return connection.isHeld ? { do: 'wait', until: null } : { do: 'start' };
  if (saved.move && !saved.move.accepted && session.status === 'active' && !isMoving(session)) return { do: 'move' };
  return { do: 'watch' };
}

function isMoving({ migration }: RelaySession): boolean {
  return migration !== null && migration.step !== 'failed';
}

/** Names the relay that heartbeats are due for; null: none. */
export function beatOf({ saved, session, isHalted, lostBeat }: Connection): string | null {
  if (!session?.instance_id || saved.removing || isHalted) return null;
  if (session.status !== 'active' && session.status !== 'grace') return null;
  const beat = `${session.session_id} ${session.instance_id}`;
  return beat === lostBeat ? null : beat;
}

export function stateOf({ saved, session, isDone, isHalted, block, error }: Connection): RelayState {
  if (isDone) return 'stopped';
  if (saved.removing) return 'stopping';
  if (isHalted) return session ? 'stopping' : 'stopped';
  if (session && session.status !== 'stopped') return session.status;
  if (block) return block;
  if (error?.kind === 'limit') return 'failed';
  return error?.kind === 'network' ? 'offline' : 'starting';
}

/** A connection as the manager's users see it. */
export function snapshotOf(connection: Connection): ConnectionSnapshot {
  const { saved, session } = connection;
  return Object.freeze({
    connectionId: saved.connectionId,
    label: saved.label ?? null,
    region: saved.region ?? null,
    movingTo: saved.move?.region ?? null,
    streamSlot: saved.streamSlot ?? null,
    state: stateOf(connection),
    session,
    provision: session && Object.freeze({ step: session.provision_step, seenAt: connection.stepsSeenAt }),
    lastError: connection.error,
    nextRetryAt: connection.retryAt,
    heartbeat: connection.heartbeat,
  });
}
