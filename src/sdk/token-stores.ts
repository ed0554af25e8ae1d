import type { DeviceTokens, TokenStore } from './token-store.ts';

/** Keeps tokens until the program ends. */
export function createMemoryTokenStore(tokens: DeviceTokens | null = null): TokenStore {
  let kept = tokens;
  return {
    load: () => kept,
    save(next) {
      kept = next;
    },
  };
}

/** The part of `localStorage` that is used here. */
export interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Keeps tokens in a page's own storage, which all docks and tabs of its origin share. Whoever can run script on the page
 * can read them.
 *
 * @param key name in the storage; another one for each account or server.
 * @param storage default: `localStorage`, looked up when it is needed: some pages have none.
 */
export function createLocalStorageTokenStore(key = 'telemy.tokens', storage?: TextStorage): TokenStore {
  const place = () => storage ?? localStorage;
  return {
    load: () => readTokens(place().getItem(key)),
    save(tokens) {
      if (tokens) place().setItem(key, JSON.stringify(tokens));
      else place().removeItem(key);
    },
  };
}

/** Tokens from their text; null for anything else: a store with rubbish in it is one that nobody is signed in by. */
export function readTokens(text: string | null): DeviceTokens | null {
  try {
    const { accessToken, refreshToken } = JSON.parse(text ?? '') as Partial<DeviceTokens>;
    const isWhole = typeof accessToken === 'string' && typeof refreshToken === 'string';
    return isWhole ? { accessToken, refreshToken } : null;
  } catch {
    return null;
  }
}
