import type { Client } from '../../generated/sdk/client/index.ts';
import { refreshAuth } from '../../generated/sdk/sdk.gen.ts';
import type { TokenPair } from '../../generated/sdk/types.gen.ts';
import type { Answer, RawAnswer } from './answer.ts';
import { TelemyApiError, TelemyNetworkError } from './errors.ts';
import type { Exclusive } from './exclusive.ts';
import type { DeviceTokens, TokenStore } from './token-store.ts';

/** This device's tokens, renewed when they are due. */
export interface Tokens {
  /** Null: nobody is signed in. */
  current(): Promise<DeviceTokens | null>;
  /** Null forgets them. What the store rejects with is passed on; the tokens are used all the same. */
  keep(tokens: DeviceTokens | null): Promise<void>;
  /**
   * Tokens in place of those whose access token was refused. Calls that need them at the same time get the same ones, in
   * other tabs too. Null: the sign-in is over, and nothing is kept of it.
   *
   * @throws TelemyNetworkError, TelemyApiError: it isn't known whether it is over; what was kept stays.
   */
  renew(refused: DeviceTokens): Promise<DeviceTokens | null>;
  /** The successor of these tokens, kept nowhere; null: the sign-in is over. @throws as `renew` */
  trade(tokens: DeviceTokens): Promise<DeviceTokens | null>;
}

export interface TokensOptions {
  store: TokenStore;
  client: Client;
  exclusive: Exclusive;
  /** Makes one try of a call. */
  attempt<T>(send: (signal: AbortSignal) => Promise<RawAnswer<T>>): Promise<Answer<T>>;
  /** Tries again if no answer comes: the server gives the same successor to whoever lost one. */
  repeat<T>(call: () => Promise<T>): Promise<T>;
  /** Hears that renewed tokens could not be stored. */
  onStoreError(error: unknown): void;
}

/** What the server says when there is nothing left to refresh; a proxy's 401 says nothing of that. */
const OVER = ['unauthorized', 'refresh_token_reused', 'session_expired'];

export function createTokens({ store, client, exclusive, attempt, repeat, onStoreError }: TokensOptions): Tokens {
  /** What the store didn't take; undefined: it has everything. */
  let unsaved: DeviceTokens | null | undefined;

  const current = async () => (unsaved === undefined ? store.load() : unsaved);
  const keep = async (tokens: DeviceTokens | null) => {
    unsaved = tokens;
    await store.save(tokens);
    unsaved = undefined;
  };
  const trade = async ({ refreshToken: refresh_token }: DeviceTokens): Promise<DeviceTokens | null> => {
    try {
      const answer = await attempt((signal) =>
        refreshAuth({ client, body: { refresh_token }, signal, parseAs: 'json' }),
      );
      return readTokenPair(answer.data.auth);
    } catch (error) {
      if (error instanceof TelemyApiError && OVER.includes(error.code)) return null;
      throw error;
    }
  };

  return {
    current,
    keep,
    trade: (tokens) => repeat(() => trade(tokens)),
    renew: (refused) =>
      exclusive(() =>
        // Looked up before each try and behind it: somebody else may have been faster, or have signed out or in anew.
        repeat(async () => {
          const isOurs = (kept: DeviceTokens | null) => kept?.refreshToken === refused.refreshToken;
          const before = await current();
          if (!isOurs(before)) return before;
          const renewed = await trade(refused);
          const after = await current();
          if (!isOurs(after)) return after;
          await keep(renewed).catch(onStoreError);
          return renewed;
        }),
      ),
  };
}

/** @throws TelemyNetworkError when there are none in it: whoever answered, it wasn't the control plane */
export function readTokenPair(auth: Partial<TokenPair> | undefined): DeviceTokens {
  const { cp_access_jwt: accessToken, refresh_token: refreshToken } = auth ?? {};
  if (typeof accessToken === 'string' && typeof refreshToken === 'string') return { accessToken, refreshToken };
  throw new TelemyNetworkError('bad_answer', 'The answer has no tokens.');
}
