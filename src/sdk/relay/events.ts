import type { RelaySession } from '../../../generated/sdk/types.gen.ts';
import type { RelayError } from './relay-error.ts';
import type { MigrationStep, RelaySnapshot } from './snapshot.ts';

interface OfConnection {
  connectionId: string;
  /** When it was seen, in milliseconds since 1970. */
  at: number;
}

/** How a session was come by; `restored`: it was found live. */
export type RelayOrigin = 'created' | 'existing' | 'replayed' | 'restored';

/** What can happen to one connection. */
export type ConnectionNews =
  | { type: 'relay_started'; session: RelaySession; outcome: RelayOrigin }
  | { type: 'provision_step'; step: RelaySession['provision_step']; session: RelaySession }
  | { type: 'relay_active'; session: RelaySession }
  | { type: 'relay_grace'; session: RelaySession }
  /** The session as it was last seen; null where none had been. */
  | { type: 'relay_stopped'; session: RelaySession | null }
  /** A launch failed, or a request would fail again; `nextRetryAt` null: only when asked. */
  | { type: 'relay_failed'; session: RelaySession | null; error: RelayError; nextRetryAt: number | null }
  /** The account, its sign-in or this version may not; waits for `retry`. */
  | { type: 'denied'; reasonCode: string; error: RelayError }
  | { type: 'heartbeat_failed'; consecutiveFailures: number; error: RelayError }
  | { type: 'heartbeat_recovered'; afterFailures: number }
  /** The relay ended though the connection wants one. */
  | { type: 'session_gone'; session: RelaySession }
  | { type: 'migration_step'; step: MigrationStep; region: string; error: RelayError | null };

/** Something that happened to one connection. */
export type ConnectionEvent = OfConnection & ConnectionNews;

/** Something that happened, in the order in which it was seen. */
export type RelayEvent =
  | ConnectionEvent
  | { type: 'snapshot_changed'; at: number; snapshot: RelaySnapshot }
  | { type: 'offline'; at: number; error: RelayError }
  | { type: 'online'; at: number };
