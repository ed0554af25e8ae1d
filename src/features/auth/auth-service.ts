import { addSeconds, type Clock, earlier } from '../../clock.ts';
import type { SecretRing } from '../../config.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import { errors } from '../../http/errors.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Metrics } from '../../observability/metrics.ts';
import type { PreviousSecretUses } from '../../previous-secrets.ts';
import type { Random } from '../../random.ts';
import { digestOf } from '../../secrets.ts';
import { type Account, findUser } from '../account/index.ts';
import type { AccountNotices, UserCache } from '../account-view/index.ts';
import { type AccessTokens, createAccessTokens, type VerifiedClaims } from './access-token.ts';
import {
  type AuthSession,
  type ClientInfo,
  findAuthSessionWithAccount,
  findIdByLegacyToken,
  insertAuthSession,
  lockAuthSession,
  markRefreshUsed,
  revokeAuthSession,
  type SignIn,
  storeRotation,
} from './auth-session-store.ts';
import { type RefreshClaims, readRefreshToken, signRefreshToken } from './refresh-token.ts';
import { decideRotation, type RotationDecision } from './rotation.ts';

/** A refresh token lives this long from its issue, in seconds (30 days). */
export const REFRESH_SECONDS = 30 * 86_400;
/** A sign-in lives no longer than this, in seconds (one year). */
export const SIGN_IN_SECONDS = 365 * 86_400;

/** A signed-in caller. */
export interface UserPrincipal {
  userId: string;
  authSessionId: string;
  account: Account;
}

/** The tokens of a signed-in device. */
export interface TokenPair {
  accessToken: string;
  refreshToken: string;
}

/** Sign-ins and their tokens. */
export interface AuthService {
  /** The caller of an access token; null unless the token and its sign-in are good at this moment. */
  verifyAccessToken(token: string): Promise<UserPrincipal | null>;
  /** Signs a device in, within the transaction that allows it. */
  signIn(trx: Transaction, userId: string, client: ClientInfo): Promise<TokenPair>;
  /**
   * Trades a refresh token for new tokens.
   *
   * @throws ApiError 401 `unauthorized` or `refresh_token_reused`, 410 `session_expired`
   */
  refresh(token: string): Promise<{ tokens: TokenPair; account: Account }>;
  /** Signs the device out. */
  logout(principal: UserPrincipal): Promise<void>;
}

export interface AuthServiceOptions {
  database: Database;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Pick<Metrics, 'refreshReuse'>;
  jwtSecrets: SecretRing;
  refreshSecrets: SecretRing;
  /** What is kept of accounts. Absent: each check asks the database. */
  accounts?: Pick<UserCache, 'read' | 'peek' | 'drop'>;
  /** Absent: nobody keeps anything. */
  notices?: Pick<AccountNotices, 'changed'>;
  /** Absent: nobody counts. */
  previousUses?: Pick<PreviousSecretUses, 'jwt' | 'refreshToken'>;
}

export function createAuthService(options: AuthServiceOptions): AuthService {
  const { database, clock, random, logger, refreshSecrets, previousUses, accounts, notices } = options;
  const accessTokens: AccessTokens = createAccessTokens(options.jwtSecrets, clock, previousUses?.jwt);

  const issue = async (session: { id: string; userId: string }, counter: number): Promise<TokenPair> => ({
    accessToken: await accessTokens.sign({
      userId: session.userId,
      authSessionId: session.id,
      refreshCounter: counter,
    }),
    refreshToken: signRefreshToken(refreshSecrets, { authSessionId: session.id, counter }),
  });

  /** Decides and stores; what is refused is told by value, because an error would take the revocation back. */
  const rotate = (authSessionId: string, presented: number) =>
    database.transaction(async (trx): Promise<{ decision: RotationDecision; session: AuthSession | null }> => {
      const session = await lockAuthSession(trx, authSessionId);
      if (!session) return { decision: 'invalid', session };
      const now = clock.now();
      const decision = decideRotation(session, presented, now);
      if (decision === 'reused') await revokeAuthSession(trx, session.id, 'refresh_token_reused', now);
      if (decision === 'rotate') {
        const counter = session.counter + 1;
        const expiresAt = earlier(addSeconds(now, REFRESH_SECONDS), session.absoluteExpiresAt);
        await storeRotation(trx, session.id, { counter, refreshedAt: now, expiresAt });
        return { decision, session: { ...session, counter } };
      }
      return { decision, session };
    });

  const findSignIn = async (claims: VerifiedClaims, now: Date): Promise<SignIn | null> => {
    const { userId, authSessionId } = claims;
    const find = () => findAuthSessionWithAccount(database, authSessionId);
    if (!accounts) return find();
    const key = `sign-in ${authSessionId}`;
    // What is kept may be older than a token that another server has just minted: only the database refuses one.
    const kept = accounts.peek<SignIn>(userId, key);
    if (kept && !allows(kept, claims, now)) accounts.drop(userId, 'own');
    // Kept only with its own user: words of changes name that one.
    const may = (found: SignIn | null) => found?.session.userId === userId;
    return accounts.read(userId, key, find, { may, steady: true });
  };

  return {
    async verifyAccessToken(token) {
      const claims = await accessTokens.verify(token);
      if (!claims) return null;
      const now = clock.now();
      const found = await findSignIn(claims, now);
      if (!found || !allows(found, claims, now)) return null;
      const { session, account } = found;
      if (claims.refreshCounter === session.counter && session.usedAt === null) {
        await markRefreshUsed(database, session.id, session.counter, now);
        notices?.changed(session.userId);
      }
      return { userId: account.id, authSessionId: session.id, account };
    },

    async signIn(trx, userId, client) {
      const now = clock.now();
      const session: AuthSession = {
        id: random.id('aut'),
        userId,
        client,
        counter: 0,
        refreshedAt: now,
        usedAt: null,
        createdAt: now,
        expiresAt: addSeconds(now, REFRESH_SECONDS),
        absoluteExpiresAt: addSeconds(now, SIGN_IN_SECONDS),
        revokedAt: null,
        isLegacy: false,
      };
      await insertAuthSession(trx, session);
      return issue(session, 0);
    },

    async refresh(token) {
      const claims =
        readRefreshToken(refreshSecrets, token, previousUses?.refreshToken) ?? (await readLegacyToken(database, token));
      if (!claims) throw errors.unauthorized("The refresh token isn't valid. Sign in again.");
      const { decision, session } = await rotate(claims.authSessionId, claims.counter);
      if (session) notices?.changed(session.userId);
      if (decision === 'reused') {
        options.metrics.refreshReuse.inc();
        logger.warn({ auth_session_id: claims.authSessionId, user_id: session?.userId }, 'refresh_token_reused');
        throw errors.refreshTokenReused();
      }
      if (decision === 'expired') throw errors.sessionExpired();
      if (decision === 'invalid' || !session)
        throw errors.unauthorized("The refresh token isn't valid. Sign in again.");
      const account = await findUser(database, session.userId);
      if (!account) throw errors.unauthorized("The refresh token isn't valid. Sign in again.");
      return { tokens: await issue(session, session.counter), account };
    },

    async logout(principal) {
      await revokeAuthSession(database, principal.authSessionId, 'logout', clock.now());
      notices?.changed(principal.userId);
    },
  };
}

/** Whether a device may use an access token now. */
function allows({ session }: SignIn, claims: VerifiedClaims, now: Date): boolean {
  return (
    session.userId === claims.userId &&
    (!claims.isLegacy || session.isLegacy) &&
    session.revokedAt === null &&
    now < session.absoluteExpiresAt &&
    claims.refreshCounter <= session.counter
  );
}

/** A refresh token of the Go service stands in the place of the one with the counter 0, which was never issued here. */
async function readLegacyToken(database: Database, token: string): Promise<RefreshClaims | null> {
  const authSessionId = await findIdByLegacyToken(database, digestOf(token));
  return authSessionId === null ? null : { authSessionId, counter: 0 };
}
