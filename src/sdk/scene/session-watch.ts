import type { ActiveRelayQuery, TelemyClient } from '../client-types.ts';
import type { Timers } from '../timers.ts';
import { type SceneCloud, type SceneFact, toSceneCloud } from './inputs.ts';

/** Looks at the relay session again and again. */
export interface SessionWatchOptions {
  client: Pick<TelemyClient, 'getActiveRelay'>;
  /** Which session; empty: the account's newest live one. */
  query: ActiveRelayQuery;
  tell: (fact: SceneFact) => void;
  timers: Timers;
  /** Between an answer and the next question, in milliseconds. */
  pollMs: number;
  /** The first answer is told once this is through, as the engine wants to know of the signal first. */
  ready: Promise<void>;
}

/** Tells the engine of the session until the returned function is called. Never throws: no answer is a fact, too. */
export function watchSession({ client, query, tell, timers, pollMs, ready }: SessionWatchOptions): () => void {
  const end = new AbortController();
  let type: 'startup' | 'cloud' = 'startup';
  let cancel = () => {};

  async function ask(): Promise<SceneCloud> {
    try {
      return toSceneCloud(await client.getActiveRelay(query, { signal: end.signal }));
    } catch {
      return { status: 'unreachable' };
    }
  }

  async function look(): Promise<void> {
    const cloud = await ask();
    await ready;
    if (end.signal.aborted) return;
    cancel = timers.after(pollMs, () => void look());
    tell({ type, ...cloud });
    if (cloud.status !== 'unreachable') type = 'cloud';
  }

  void look();
  return () => {
    end.abort();
    cancel();
  };
}
