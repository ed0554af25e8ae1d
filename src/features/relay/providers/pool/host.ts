import type { RelayAddress } from '../provider.ts';

export const HOST_STATES = ['open', 'cordoned', 'draining'] as const;
/** Whether a host gets new sessions (`open`), for now none (`cordoned`), or none until it is empty (`draining`). */
export type HostState = (typeof HOST_STATES)[number];

/** What its checks say of a host. `unknown`: it was never reached. */
export type HostHealth = 'unknown' | 'healthy' | 'unhealthy';

/** A machine that runs all the time and serves several sessions, each by stream ids of its own. */
export interface PoolHost {
  id: string;
  region: string;
  /** What people call it; unique. */
  host: string;
  address: RelayAddress;
  maxSessions: number;
  /** Places taken: assignments that aren't released. */
  sessions: number;
  state: HostState;
  health: HostHealth;
  /** When the last check began; null: none has, or one is due at once. */
  checkedAt: Date | null;
  createdAt: Date;
}
