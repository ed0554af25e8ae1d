import type { TelemyClient } from '../client-types.ts';

/** What the manager needs of a client. */
export type RelayClient = Pick<
  TelemyClient,
  'startRelay' | 'getActiveRelay' | 'getRelaySession' | 'stopRelay' | 'migrateRelay' | 'heartbeat'
>;
