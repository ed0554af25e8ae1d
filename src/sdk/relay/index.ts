export type { ConnectionEvent, ConnectionNews, RelayEvent, RelayOrigin } from './events.ts';
export { createRelayManager } from './manager.ts';
export type { NewConnection, RelayManager, RelayManagerOptions } from './manager-types.ts';
export type { RelayClient } from './relay-client.ts';
export type { RelayError } from './relay-error.ts';
export type { ConnectionSnapshot, HeartbeatHealth, MigrationStep, RelaySnapshot, RelayState } from './snapshot.ts';
export {
  type ConnectionStore,
  createLocalStorageConnectionStore,
  createMemoryConnectionStore,
  type PendingStart,
  type SavedConnection,
} from './store.ts';
