import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/connect.ts';
import { type Account, findUser } from '../features/account/index.ts';
import type { AccountSnapshot } from '../features/account-snapshot.ts';
import {
  type AuthSession,
  type BrowserLogins,
  createBrowserLogins,
  createIdentityService,
  createOidcClient,
  type IdentityService,
  listLiveAuthSessions,
  type OidcClient,
  revokeAuthSessionOf,
} from '../features/auth/index.ts';
import type { RateLimiter } from '../http/rate-limiter.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Random } from '../random.ts';
import { type BrowserCookies, createBrowserCookies } from './browser-cookies.ts';
import { createFormTokens, type FormTokens } from './form-tokens.ts';
import { createSignInStates, type SignInStates } from './sign-in-state.ts';

/** What the pages work with. */
export interface WebParts {
  logins: BrowserLogins;
  /** How people sign in; undefined: they cannot. */
  signIn: { oidc: OidcClient; identities: IdentityService; providerName: string } | undefined;
  accounts: {
    find(userId: string): Promise<Account | null>;
    readSnapshot(account: Account): Promise<AccountSnapshot>;
  };
  devices: {
    /** Those that are signed in, newest first. */
    list(userId: string): Promise<AuthSession[]>;
    /** False if it isn't one of the user's. */
    signOut(userId: string, authSessionId: string): Promise<boolean>;
  };
  /** Origin of the pages. */
  publicBaseUrl(): string;
  cookies: BrowserCookies;
  formTokens: FormTokens;
  states: SignInStates;
  limiter: RateLimiter;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
}

export interface WebOptions {
  config: Config;
  database: Database;
  clock: Clock;
  random: Random;
  limiter: RateLimiter;
  logger: Logger;
  metrics: Metrics;
  readSnapshot(account: Account): Promise<AccountSnapshot>;
  publicBaseUrl(): string;
}

/** Builds what the pages work with. Their keys are derived from the JWT secret, and are replaced together with it. */
export function createWebParts(options: WebOptions): WebParts {
  const { config, database, clock, random, limiter, logger, metrics, publicBaseUrl } = options;
  const { oidc } = config;
  const { jwt: secrets } = config.secrets;
  return {
    logins: createBrowserLogins({ database, clock }),
    signIn: oidc && {
      oidc: createOidcClient(oidc),
      identities: createIdentityService({ database, clock, random, trustsEmail: oidc.emailTrusted }),
      providerName: oidc.providerName,
    },
    accounts: { find: (userId) => findUser(database, userId), readSnapshot: options.readSnapshot },
    devices: {
      list: (userId) => listLiveAuthSessions(database, userId, clock.now()),
      signOut: (userId, id) => revokeAuthSessionOf(database, { userId, id }, 'account_page', clock.now()),
    },
    publicBaseUrl,
    cookies: createBrowserCookies({ secrets, clock, random }),
    formTokens: createFormTokens(secrets),
    states: createSignInStates(secrets, clock),
    limiter,
    clock,
    random,
    logger,
    metrics,
  };
}
