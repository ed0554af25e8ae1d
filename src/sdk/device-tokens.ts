import type { Client } from '../../generated/sdk/client/index.ts';
import { refreshAuth } from '../../generated/sdk/sdk.gen.ts';
import type { Answer, RawAnswer } from './answer.ts';
import { TelemyApiError } from './errors.ts';
import type { Exclusive } from './exclusive.ts';
import type { DeviceTokens, TokenStore } from './token-store.ts';

/** This device's tokens, renewed when they are due. */
export interface Tokens {
  /** Null: nobody is signed in. */
  current(): Promise<DeviceTokens | null>;
  keep(tokens: DeviceTokens | null): Promise<void>;
  /**
   * Tokens in place of those whose access token was refused. Calls that need them at the same time get the same ones, in
   * other tabs too. Null: the sign-in is over, and nothing is kept of it.
   *
   * @throws TelemyNetworkError, TelemyApiError: it isn't known whether it is over; what was kept stays.
   */
  renew(refused: DeviceTokens): Promise<DeviceTokens | null>;
}

export interface TokensOptions {
  store: TokenStore;
  client: Client;
  exclusive: Exclusive;
  /** Makes the call, and makes it again if no answer comes: the server gives the same successor to whoever lost one. */
  send<T>(call: (signal: AbortSignal) => Promise<RawAnswer<T>>): Promise<Answer<T>>;
}

export function createTokens({ store, client, exclusive, send }: TokensOptions): Tokens {
  const current = async () => store.load();
  const keep = async (tokens: DeviceTokens | null) => {
    await store.save(tokens);
  };
  return {
    current,
    keep,
    renew: (refused) =>
      exclusive(async () => {
        const kept = await current();
        // Someone else was faster, or has signed out.
        if (kept?.refreshToken !== refused.refreshToken) return kept;
        const body = { refresh_token: kept.refreshToken };
        try {
          const { data } = await send((signal) => refreshAuth({ client, body, signal }));
          const { cp_access_jwt: accessToken, refresh_token: refreshToken } = data.auth;
          const renewed = { accessToken, refreshToken };
          await keep(renewed);
          return renewed;
        } catch (error) {
          const isOver = error instanceof TelemyApiError && (error.status === 401 || error.status === 410);
          if (!isOver) throw error;
          await keep(null);
          return null;
        }
      }),
  };
}
