import type { ActiveRelayQuery, TelemyClient } from '../client-types.ts';
import type { TelemyApiError } from '../errors.ts';
import type { Timers } from '../timers.ts';
import { type SceneFact, toSceneCloud } from './inputs.ts';

/** Looks at the relay session again and again. */
export interface SessionWatchOptions {
  client: Pick<TelemyClient, 'getActiveRelay'>;
  /** Which session; empty: the account's newest live one. */
  query: Pick<ActiveRelayQuery, 'connectionId'>;
  tell: (fact: SceneFact) => void;
  timers: Timers;
  /** Between an answer that is no news of a session, or an error, and the next question, in milliseconds. */
  pollMs: number;
  /** The first answer is told once this is through, as the engine wants to know of the signal first. */
  ready: Promise<void>;
}

/** Longest wait that the server allows a long poll, in seconds. */
const WAIT_SECONDS = 25;

/**
 * Tells the engine of the session until the returned function is called. The server is left to wait for news of a
 * session that is known. Never throws: no answer is a fact, too, and a refused sign-in is a fault; only of too many
 * questions (429) nothing is told.
 */
export function watchSession({ client, query, tell, timers, pollMs, ready }: SessionWatchOptions): () => void {
  const end = new AbortController();
  let type: 'startup' | 'cloud' = 'startup';
  /** Version of the session that was seen last. */
  let known: number | undefined;
  /** Behind an error the answer is wanted at once. */
  let isFailed = false;
  let cancel = () => {};

  async function look(): Promise<void> {
    let fact: SceneFact | undefined;
    let delayMs = pollMs;
    let next = type;
    const wait = known === undefined || isFailed ? {} : { waitSeconds: WAIT_SECONDS, sinceVersion: known };
    try {
      const session = await client.getActiveRelay({ ...query, ...wait }, { signal: end.signal });
      // Only behind news: a server that is full or ends doesn't hold its answers.
      if (session && session.version !== known) delayMs = 0;
      known = session?.version;
      isFailed = false;
      fact = { type, ...toSceneCloud(session) };
      next = 'cloud';
    } catch (error) {
      isFailed = true;
      // By name: an application may hold two copies of the SDK.
      const { name, status, message = '', retryAfter = 0 }: Partial<TelemyApiError> = Object(error);
      const refusal = name === 'TelemyApiError' ? status : 0;
      delayMs = Math.max(pollMs, retryAfter * 1_000);
      if (refusal === 401 || refusal === 403) {
        fact = { type: 'fault', kind: 'auth', message };
        next = 'startup';
      } else if (refusal !== 429) fact = { type, status: 'unreachable' };
    }
    await ready;
    if (end.signal.aborted) return;
    cancel = timers.after(delayMs, () => void look());
    if (fact) tell(fact);
    type = next;
  }

  void look();
  return () => {
    end.abort();
    cancel();
  };
}
