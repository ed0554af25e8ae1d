import type { Clock } from '../clock.ts';
import type { SecretRing } from '../config.ts';
import type { Account } from '../features/account/index.ts';
import type { AccountSnapshot } from '../features/account-snapshot.ts';
import type { BrowserLogins, DeviceService, IdentityService, OidcClient } from '../features/auth/index.ts';
import type { RateLimiter } from '../http/rate-limiter.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { OnPrevious } from '../previous-secrets.ts';
import type { Random } from '../random.ts';
import { type BrowserCookies, createBrowserCookies, type PageSession } from './browser-cookies.ts';
import { createFormTokens, type FormTokens } from './form-tokens.ts';
import { createSignInStates, type SignInStates } from './sign-in-state.ts';

/** What the pages get from the rest of the service. */
export interface WebOptions {
  logins: BrowserLogins;
  /** How people sign in; undefined: they cannot. */
  signIn: { oidc: OidcClient; identities: IdentityService; providerName: string } | undefined;
  accounts: {
    /** Null if the account is gone, or the sign-in has been ended. */
    findSignedIn(session: PageSession): Promise<Account | null>;
    /** Ends the sign-ins of the account on the pages, in every browser. */
    signOut(userId: string): Promise<void>;
    readSnapshot(account: Account): Promise<AccountSnapshot>;
  };
  devices: DeviceService;
  /** Origin of the pages. */
  publicBaseUrl(): string;
  /** The keys of cookies, forms and states are derived from these. */
  secrets: SecretRing;
  /** Hears of every cookie, form and state whose key comes from a secret that is being replaced. */
  onPreviousSecret: OnPrevious;
  limiter: RateLimiter;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
}

/** What the pages work with. */
export interface WebParts extends WebOptions {
  cookies: BrowserCookies;
  formTokens: FormTokens;
  states: SignInStates;
}

export function createWebParts(options: WebOptions): WebParts {
  const { secrets, clock, onPreviousSecret } = options;
  return {
    ...options,
    cookies: createBrowserCookies(options),
    formTokens: createFormTokens(secrets, onPreviousSecret),
    states: createSignInStates(secrets, clock, onPreviousSecret),
  };
}
