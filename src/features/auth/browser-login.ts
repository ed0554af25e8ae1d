import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import { digestOf } from '../../secrets.ts';
import { findUser } from '../account/index.ts';
import {
  findAttempt,
  findPendingByCode,
  type LoginAttempt,
  lockAttempt,
  storeBrowser,
  storeDecision,
} from './login-store.ts';

/**
 * What an attempt is to a browser. `foreign`: another browser went on with it. `used`: it was decided, and not in this
 * browser. Only a pending one can still be decided.
 */
export type LoginSight =
  | { state: 'pending' | 'approved' | 'denied'; attempt: LoginAttempt }
  | { state: 'expired' | 'used' | 'foreign' | 'unknown' };

/** Deciding about login attempts in the browser. The first browser that goes on with an attempt is the only one that may. */
export interface BrowserLogins {
  look(attemptId: string, browserId: string): Promise<LoginSight>;
  /** Id of the attempt that waits under a code; null if there is none. */
  findByCode(userCode: string): Promise<string | null>;
  /** Ties a pending attempt to this browser, unless it is tied to one. */
  tie(attemptId: string, browserId: string): Promise<LoginSight>;
  /** Decides a pending attempt. What was decided before stays: the answer says what it is. */
  approve(attemptId: string, browserId: string, userId: string): Promise<LoginSight>;
  deny(attemptId: string, browserId: string): Promise<LoginSight>;
}

export function createBrowserLogins({ database, clock }: { database: Database; clock: Clock }): BrowserLogins {
  /** Does something to an attempt that this browser finds pending, and tells how the browser finds it then. */
  const whenPending = (
    attemptId: string,
    browserId: string,
    act: (trx: Transaction, attempt: LoginAttempt, now: Date) => Promise<'pending' | 'approved' | 'denied'>,
  ): Promise<LoginSight> =>
    database.transaction(async (trx) => {
      const now = clock.now();
      const sight = see(await lockAttempt(trx, attemptId), browserId, now);
      if (sight.state !== 'pending') return sight;
      return { ...sight, state: await act(trx, sight.attempt, now) };
    });

  return {
    look: async (attemptId, browserId) => see(await findAttempt(database, attemptId), browserId, clock.now()),
    async findByCode(userCode) {
      const attempt = await findPendingByCode(database, userCode);
      return attempt && clock.now() < attempt.expiresAt ? attempt.id : null;
    },
    tie: (attemptId, browserId) =>
      whenPending(attemptId, browserId, async (trx, { id }) => {
        await storeBrowser(trx, id, digestOf(browserId));
        return 'pending';
      }),
    approve: (attemptId, browserId, userId) =>
      whenPending(attemptId, browserId, async (trx, { id }, now) => {
        // The account may have been deleted since the page was opened.
        if (!(await findUser(trx, userId))) return 'pending';
        const decision = { status: 'completed', userId, reasonCode: null } as const;
        await storeDecision(trx, id, { ...decision, browserHash: digestOf(browserId) }, now);
        return 'approved';
      }),
    deny: (attemptId, browserId) =>
      whenPending(attemptId, browserId, async (trx, { id }, now) => {
        const decision = { status: 'denied', userId: null, reasonCode: 'user_declined' } as const;
        await storeDecision(trx, id, { ...decision, browserHash: digestOf(browserId) }, now);
        return 'denied';
      }),
  };
}

function see(attempt: LoginAttempt | null, browserId: string, now: Date): LoginSight {
  if (!attempt) return { state: 'unknown' };
  const { browserHash } = attempt;
  if (browserHash && !timingSafeEqual(browserHash, digestOf(browserId))) return { state: 'foreign' };
  switch (attempt.status) {
    case 'pending':
      return now < attempt.expiresAt ? { state: 'pending', attempt } : { state: 'expired' };
    case 'denied':
      return browserHash ? { state: 'denied', attempt } : { state: 'used' };
    case 'completed':
    case 'claimed':
      return browserHash ? { state: 'approved', attempt } : { state: 'used' };
  }
}
