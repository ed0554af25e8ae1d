import { timingSafeEqual } from 'node:crypto';
import { addSeconds, type Clock } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import { isUniqueViolation } from '../../database/errors.ts';
import { errors } from '../../http/errors.ts';
import type { Random } from '../../random.ts';
import { digestOf } from '../../secrets.ts';
import { type Account, findUser } from '../account/index.ts';
import type { AuthService, TokenPair } from './auth-service.ts';
import type { ClientInfo } from './auth-session-store.ts';
import { insertAttempt, type LoginAttempt, lockAttempt, storeClaim, storeDecision, storePoll } from './login-store.ts';
import { makeUserCode } from './user-code.ts';

/** Time to decide, in seconds. */
export const ATTEMPT_SECONDS = 600;
/** An approved attempt can be claimed for this long after its time, in seconds. */
export const CLAIM_GRACE_SECONDS = 300;
/** What plugins are told to wait between polls, in seconds. */
export const POLL_INTERVAL_SECONDS = 3;

/** A new attempt; the token is shown only here. */
export interface StartedLogin {
  attemptId: string;
  /** What plugin and page both show. */
  userCode: string;
  pollToken: string;
  expiresAt: Date;
}

/** Where a request comes from. */
export interface RequestPlace {
  address: string;
  /** ISO 3166 code (or `T1`: Tor), where known. */
  country: string | null;
  /** Origin of the web page that asks; null: no page does. */
  origin: string | null;
}

/** What became of an attempt: nothing yet, or tokens. Everything else is an error. */
export type PollResult = { status: 'pending' } | { status: 'completed'; tokens: TokenPair; account: Account };

export interface LoginDecision {
  attemptId: string;
  outcome: 'completed' | 'denied';
  userId: string | undefined;
  reasonCode: string | undefined;
}

/** Sign-in through the browser: the plugin starts and polls, someone with the right to decides. */
export interface LoginService {
  start(client: ClientInfo, from: RequestPlace): Promise<StartedLogin>;
  /** @throws ApiError 403, 404, 409, 410, 429 */
  poll(attemptId: string, pollToken: string): Promise<PollResult>;
  /** @throws ApiError 404, 409, 410 */
  decide(decision: LoginDecision): Promise<void>;
}

export interface LoginServiceOptions {
  database: Database;
  clock: Clock;
  random: Random;
  auth: Pick<AuthService, 'signIn'>;
  /** Shortest time between two polls of an attempt, in milliseconds; 0 allows any pace. */
  pollPaceMs: number;
}

export function createLoginService(options: LoginServiceOptions): LoginService {
  const { database, clock, random, auth, pollPaceMs } = options;

  /** Refuses a poll that comes too early; the pace is counted from the last poll that was let through. */
  const keepPace = async (trx: Transaction, attempt: LoginAttempt, now: Date): Promise<void> => {
    const sinceLast = attempt.lastPolledAt ? now.getTime() - attempt.lastPolledAt.getTime() : Number.POSITIVE_INFINITY;
    if (sinceLast >= 0 && sinceLast < pollPaceMs) {
      const seconds = Math.ceil(pollPaceMs / 1000);
      throw errors.rateLimited(1, seconds, Math.max(1, Math.ceil((pollPaceMs - sinceLast) / 1000)), 'slow_down');
    }
    await storePoll(trx, attempt.id, now);
  };

  /** Two attempts under one code at the same time are one in billions, so the next code will do. */
  const insertWithCode = async (attempt: Omit<LoginAttempt, 'userCode'>): Promise<string> => {
    const userCode = makeUserCode(random);
    try {
      await insertAttempt(database, { ...attempt, userCode });
      return userCode;
    } catch (error) {
      if (!isUniqueViolation(error, 'plugin_login_attempts_user_code_key')) throw error;
      return insertWithCode(attempt);
    }
  };

  return {
    async start(client, from) {
      const now = clock.now();
      const pollToken = random.token(32);
      const attempt: Omit<LoginAttempt, 'userCode'> = {
        id: random.id('pla'),
        pollTokenHash: digestOf(pollToken),
        status: 'pending',
        userId: null,
        reasonCode: null,
        client,
        requesterAddress: from.address,
        requesterCountry: from.country,
        requesterOrigin: from.origin,
        browserHash: null,
        createdAt: now,
        expiresAt: addSeconds(now, ATTEMPT_SECONDS),
        lastPolledAt: null,
      };
      const userCode = await insertWithCode(attempt);
      return { attemptId: attempt.id, userCode, pollToken, expiresAt: attempt.expiresAt };
    },

    async poll(attemptId, pollToken) {
      // Errors are thrown behind the transaction: thrown inside, they would take back the note of this poll.
      const outcome = await database.transaction(async (trx): Promise<() => PollResult> => {
        const attempt = await lockAttempt(trx, attemptId);
        if (!attempt || !timingSafeEqual(attempt.pollTokenHash, digestOf(pollToken)))
          throw errors.notFound('login attempt with this token');
        const now = clock.now();
        await keepPace(trx, attempt, now);
        return settlePoll(trx, attempt, now);
      });
      return outcome();
    },

    async decide(decision) {
      await database.transaction(async (trx) => {
        const attempt = await lockAttempt(trx, decision.attemptId);
        if (!attempt) throw errors.notFound('login attempt with this id');
        if (attempt.status !== 'pending') return assertSameDecision(attempt, decision);
        const now = clock.now();
        if (now >= attempt.expiresAt) throw errors.loginAttemptExpired();
        if (decision.userId !== undefined && !(await findUser(trx, decision.userId)))
          throw errors.notFound('user with this id');
        const reasonCode = decision.outcome === 'denied' ? (decision.reasonCode ?? 'access_denied') : null;
        const { outcome: status, userId = null } = decision;
        // Whatever browser went on with it, it wasn't decided there.
        await storeDecision(trx, attempt.id, { status, userId, reasonCode, browserHash: null }, now);
      });
    },
  };

  async function settlePoll(trx: Transaction, attempt: LoginAttempt, now: Date): Promise<() => PollResult> {
    const over = now >= attempt.expiresAt;
    switch (attempt.status) {
      case 'pending':
        return over ? raise(errors.loginAttemptExpired()) : () => ({ status: 'pending' });
      case 'denied':
        return raise(over ? errors.loginAttemptExpired() : errors.loginDenied(attempt.reasonCode ?? 'access_denied'));
      case 'claimed':
        return raise(errors.loginAlreadyClaimed());
      case 'completed': {
        if (now >= addSeconds(attempt.expiresAt, CLAIM_GRACE_SECONDS)) return raise(errors.loginAttemptExpired());
        const account = await findUser(trx, attempt.userId as string);
        if (!account) return raise(errors.loginAttemptExpired());
        await storeClaim(trx, attempt.id, now);
        const tokens = await auth.signIn(trx, account.id, attempt.client);
        return () => ({ status: 'completed', tokens, account });
      }
    }
  }
}

function raise(error: Error): () => never {
  return () => {
    throw error;
  };
}

function assertSameDecision(attempt: LoginAttempt, { outcome, userId }: LoginDecision): void {
  const decided = attempt.status === 'denied' ? 'denied' : 'completed';
  if (decided !== outcome || (outcome === 'completed' && attempt.userId !== userId)) {
    throw errors.conflict('This login attempt was decided otherwise already.');
  }
}
