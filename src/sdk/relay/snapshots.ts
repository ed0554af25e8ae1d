import { type Connection, snapshotOf } from './connection.ts';
import type { ConnectionSnapshot, RelaySnapshot } from './snapshot.ts';

/** What snapshots are made of. */
export interface SnapshotSource {
  online: boolean;
  storeError: string | null;
  connections: readonly Connection[];
}

/** Makes snapshots: parts that did not change are the same objects as before. */
export interface Snapshots {
  present(): RelaySnapshot;
  /** Something changed. */
  renew(): void;
}

export function createSnapshots(read: () => SnapshotSource): Snapshots {
  const views = new WeakMap<Connection, ConnectionSnapshot>();
  let present: RelaySnapshot | null = null;

  function viewOf(connection: Connection): ConnectionSnapshot {
    const view = views.get(connection) ?? snapshotOf(connection);
    views.set(connection, view);
    return view;
  }

  return {
    present() {
      if (present) return present;
      const { online, storeError, connections } = read();
      present = Object.freeze({ online, storeError, connections: Object.freeze(connections.map(viewOf)) });
      return present;
    },
    renew() {
      present = null;
    },
  };
}
