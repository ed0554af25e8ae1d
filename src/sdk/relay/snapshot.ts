import type { RelayMigration, RelaySession } from '../../../generated/sdk/types.gen.ts';
import type { RelayError } from './relay-error.ts';

/** How far a move to another region is; `done` once the old relay has been let go. */
export type MigrationStep = NonNullable<RelayMigration>['step'] | 'done';

/**
 * What a connection's relay is doing. `offline`: none is known and the server can't be reached; a relay that was live when
 * the network went keeps its state. `failed`: see `lastError` and `nextRetryAt`. `denied`: waits for `retry`.
 */
export type RelayState =
  | 'offline'
  | 'starting'
  | 'provisioning'
  | 'active'
  | 'grace'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'denied';

/** How the owner's heartbeats of a session fare. */
export interface HeartbeatHealth {
  /** When the last one was accepted, in milliseconds since 1970; null: none yet. */
  readonly lastOkAt: number | null;
  readonly consecutiveFailures: number;
  readonly lastError: RelayError | null;
}

/** One connection at one moment. */
export interface ConnectionSnapshot {
  readonly connectionId: string;
  readonly label: string | null;
  /** Where its relays start; null: the server's choice. */
  readonly region: string | null;
  /** Where it is about to move; null: it isn't. */
  readonly movingTo: string | null;
  readonly streamSlot: number | null;
  readonly state: RelayState;
  /** The live session; null: none is known. */
  readonly session: RelaySession | null;
  /** The launch: its step, and when each step was first seen, in milliseconds since 1970. Null without a session. */
  readonly provision: {
    readonly step: RelaySession['provision_step'];
    readonly seenAt: Readonly<Partial<Record<RelaySession['provision_step'], number>>>;
  } | null;
  /** Of the latest try; null once one went well. */
  readonly lastError: RelayError | null;
  /** When the next try is due, in milliseconds since 1970; null: none is planned. */
  readonly nextRetryAt: number | null;
  readonly heartbeat: HeartbeatHealth;
}

/** All connections at one moment. Plain data that never changes; the same object until something does. */
export interface RelaySnapshot {
  /** Whether the server could be reached last time. */
  readonly online: boolean;
  /** Why the connections could not be saved last time; null: they were. */
  readonly storeError: string | null;
  readonly connections: readonly ConnectionSnapshot[];
}
