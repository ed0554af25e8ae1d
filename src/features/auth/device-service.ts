import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import type { AccountNotices } from '../account-view/index.ts';
import { type AuthSession, listLiveAuthSessions, revokeAuthSessionOf } from './auth-session-store.ts';

/** The devices of an account, for its owner. */
export interface DeviceService {
  /** Those that are signed in, newest first. */
  list(userId: string): Promise<AuthSession[]>;
  /** False if it isn't one of the user's; one that is signed out already is no fault. */
  signOut(userId: string, authSessionId: string): Promise<boolean>;
}

export interface DeviceServiceOptions {
  database: Database;
  clock: Clock;
  notices: Pick<AccountNotices, 'changed'>;
}

export function createDeviceService({ database, clock, notices }: DeviceServiceOptions): DeviceService {
  return {
    list: (userId) => listLiveAuthSessions(database, userId, clock.now()),
    async signOut(userId, id) {
      const found = await revokeAuthSessionOf(database, { userId, id }, 'account_page', clock.now());
      notices.changed(userId);
      return found;
    },
  };
}
