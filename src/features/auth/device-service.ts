import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import { type AuthSession, listLiveAuthSessions, revokeAuthSessionOf } from './auth-session-store.ts';

/** The devices of an account, for its owner. */
export interface DeviceService {
  /** Those that are signed in, newest first. */
  list(userId: string): Promise<AuthSession[]>;
  /** False if it isn't one of the user's; one that is signed out already is no fault. */
  signOut(userId: string, authSessionId: string): Promise<boolean>;
}

export function createDeviceService({ database, clock }: { database: Database; clock: Clock }): DeviceService {
  return {
    list: (userId) => listLiveAuthSessions(database, userId, clock.now()),
    signOut: (userId, id) => revokeAuthSessionOf(database, { userId, id }, 'account_page', clock.now()),
  };
}
