import { type Client, createClient } from '../../generated/sdk/client/index.ts';
import { type Answer, type RawAnswer, readAnswer } from './answer.ts';
import { apiUrlOf } from './base-url.ts';
import type { TelemyClientOptions } from './client-types.ts';
import { createTokens, type Tokens } from './device-tokens.ts';
import { TelemyApiError, TelemyNetworkError } from './errors.ts';
import { createExclusive } from './exclusive.ts';
import { type Patience, repeating } from './repeat.ts';
import { systemTimers } from './timers.ts';
import { orAborted, startDeadline } from './wait.ts';

/** What a function of the generated client gets for one try. */
export interface Try {
  client: Client;
  signal: AbortSignal;
  /** The access token; undefined for calls that need none. */
  auth: string | undefined;
  parseAs: 'json';
}

/** How a call is made. */
export interface How {
  signal?: AbortSignal | undefined;
  /** Whether it does no harm to make it again when no answer came. */
  safe: boolean;
  /** Seconds that the server may hold the answer, on top of the time limit. */
  holdSeconds?: number;
}

/** Makes calls with time limits, repetitions where they do no harm, and tokens that are renewed when they are due. */
export interface Caller {
  baseUrl: string;
  patience: Patience;
  tokens: Tokens;
  /** A call of somebody who is signed in. */
  call<T>(how: How, send: (one: Try) => Promise<RawAnswer<T>>): Promise<Answer<T>>;
  /** A call of anybody. */
  callOpen<T>(how: How, send: (one: Try) => Promise<RawAnswer<T>>): Promise<Answer<T>>;
}

const TIMEOUT_MS = 15_000;
const LONGEST_TEXT = 32;

/** @throws TypeError for options that cannot be used */
export function createCaller(options: TelemyClientOptions): Caller {
  const { timeoutMs = TIMEOUT_MS, timers = systemTimers, random = Math.random } = options;
  const baseUrl = apiUrlOf(options.baseUrl);
  const patience = { timers, random };
  const client = createClient({
    baseUrl,
    // Tokens go where they were meant to go, or nowhere.
    redirect: 'error',
    // Looked up at each call, so that a page may replace it later.
    fetch: (request) => (options.fetch ?? globalThis.fetch)(request),
    headers: {
      'X-Telemy-Client-Version': shortText('clientVersion', options.clientVersion),
      'X-Telemy-Client-Platform': shortText('clientPlatform', options.clientPlatform ?? 'unknown'),
    },
  });

  const attempt = async <T>(
    { signal: outer, holdSeconds = 0 }: How,
    send: (signal: AbortSignal) => Promise<RawAnswer<T>>,
  ): Promise<Answer<T>> => {
    const deadline = startDeadline(timers, timeoutMs + holdSeconds * 1000, outer);
    try {
      const raw = await send(deadline.signal);
      if (outer?.aborted) throw outer.reason;
      if (deadline.isOver() && raw.error !== undefined) {
        throw new TelemyNetworkError('timeout', 'The server took too long to answer.', raw.error);
      }
      return readAnswer(raw);
    } finally {
      deadline.clear();
    }
  };
  const persist = <T>(how: How, send: (signal: AbortSignal) => Promise<RawAnswer<T>>): Promise<Answer<T>> =>
    how.safe ? repeating(patience, how.signal, () => attempt(how, send)) : attempt(how, send);

  const tokens = createTokens({
    store: options.tokenStore,
    client,
    exclusive: createExclusive(`telemy-tokens ${baseUrl}`),
    attempt: (send) => attempt({ safe: true }, send),
    repeat: (call) => repeating(patience, undefined, call),
    onStoreError: options.onStoreError ?? console.error,
  });

  const callOpen: Caller['callOpen'] = (how, send) =>
    persist(how, (signal) => send({ client, signal, auth: undefined, parseAs: 'json' }));

  return {
    baseUrl,
    patience,
    tokens,
    callOpen,
    async call(how, send) {
      const before = await orAborted(tokens.current(), how.signal);
      if (!before) throw signedOut();
      const withToken = (auth: string) => persist(how, (signal) => send({ client, signal, auth, parseAs: 'json' }));
      try {
        return await withToken(before.accessToken);
      } catch (error) {
        if (!(error instanceof TelemyApiError) || error.status !== 401) throw error;
        // Others may wait for the same tokens.
        const renewed = await orAborted(tokens.renew(before), how.signal);
        if (!renewed) throw error;
        return withToken(renewed.accessToken);
      }
    },
  };
}

/** As the server would say it, without asking: there is nothing to ask with. */
function signedOut(): TelemyApiError {
  return new TelemyApiError({
    status: 401,
    code: 'unauthorized',
    message: 'Nobody is signed in. Call login() first.',
    reasonCode: undefined,
    requestId: undefined,
    retryAfter: undefined,
    details: {},
  });
}

function shortText(name: string, value: string): string {
  if (!/^[\x20-\x7e]+$/.test(value) || value.length > LONGEST_TEXT) {
    throw new TypeError(`${name} must be 1 to ${LONGEST_TEXT} ASCII characters.`);
  }
  return value;
}
