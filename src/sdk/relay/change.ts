import type { Connection } from './connection.ts';
import type { ConnectionNews } from './events.ts';
import type { SavedConnection } from './store.ts';

/** When something came, in milliseconds since 1970, and a number from 0 up to 1 for what is left to chance. */
export interface Moment {
  now: number;
  chance: number;
}

/** A connection afterwards, and what there is to tell of it. */
export interface Change {
  connection: Connection;
  news: ConnectionNews[];
}

/** The connection with other values and nothing to tell. */
export function changed(connection: Connection, values: Partial<Connection>, news: ConnectionNews[] = []): Change {
  return { connection: { ...connection, ...values }, news };
}

/** After a try that went well. */
export const WELL = { error: null, failures: 0, retryAt: null, block: null } as const;

/** The saved part without some of its fields. */
export function without(saved: SavedConnection, ...fields: ('pendingStart' | 'move' | 'removing')[]): SavedConnection {
  const rest = { ...saved };
  for (const field of fields) delete rest[field];
  return rest;
}
