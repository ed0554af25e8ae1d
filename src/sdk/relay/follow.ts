import type { Timers } from '../timers.ts';
import { pollPauseMs } from './backoff.ts';
import { type Connection, nextStep } from './connection.ts';
import type { Answer, Attempt, Input } from './input.ts';
import type { PollPlaces } from './poll-places.ts';
import type { RelayClient } from './relay-client.ts';
import { toRelayError } from './relay-error.ts';
import { isSame, look, move, start, stop } from './requests.ts';
import { wait } from './wait.ts';

export interface FollowDeps {
  client: RelayClient;
  timers: Timers;
  places: PollPlaces;
  requestedBy: string;
  newKey(): string;
  /** The connection as it is now. */
  read(): Connection;
  tell(input: Input): void;
  /** Resolves once all changes so far are saved, or could not be. */
  saved(): Promise<void>;
  /** The connection is removed and has no relay; the loop ends with it. */
  onDone(): void;
  /** How many connections share the account's looks. */
  count(): number;
}

/** The loop that brings one connection's relay to where it is wanted. */
export interface Follower {
  /** Something changed: waits and looks end early; with `isForced` requests that change something do, too. */
  wake(isForced?: boolean): void;
  /** Ends the loop; what is under way is given up. */
  end(): void;
  /** Resolves when the loop has ended. Never rejects. */
  ended: Promise<void>;
}

/** A long poll that is answered sooner without news is not repeated at once, in milliseconds. */
const HASTY_MS = 5_000;

/** Starts following; it ends by itself once the connection is removed and has no relay. */
export function follow(deps: FollowDeps): Follower {
  const { timers } = deps;
  let isOver = false;
  let mayWake = false;
  let turn = new AbortController();

  async function run(): Promise<void> {
    while (!isOver) {
      const step = nextStep(deps.read(), timers.now());
      if (step.do === 'forget') return deps.onDone();
      turn = new AbortController();
      const { signal } = turn;
      mayWake = step.do === 'wait' || step.do === 'sync' || step.do === 'watch';
      if (step.do === 'wait') await wait(timers, step.until === null ? null : step.until - timers.now(), signal);
      else await attempt(step.do, signal);
    }
  }

  async function attempt(name: Attempt, signal: AbortSignal): Promise<void> {
    try {
      const answer = await ask(name, signal);
      if (answer && !signal.aborted) deps.tell(answer);
    } catch (error) {
      if (!signal.aborted) deps.tell({ type: 'failed', attempt: name, error: toRelayError(error) });
    }
  }

  async function ask(name: Attempt, signal: AbortSignal): Promise<Answer | null> {
    if (name === 'sync') return look(deps.client, deps.read(), false, signal);
    if (name === 'watch') return watch(signal);
    if (name === 'start') deps.tell({ type: 'start_due', idempotencyKey: deps.newKey() });
    await deps.saved();
    // A wish may have changed while it was being saved.
    if (signal.aborted || nextStep(deps.read(), timers.now()).do !== name) return null;
    const connection = deps.read();
    if (name === 'start') return start(deps.client, connection, deps.requestedBy, signal);
    return name === 'stop'
      ? stop(deps.client, connection, 'user_requested', signal)
      : move(deps.client, connection, signal);
  }

  async function watch(signal: AbortSignal): Promise<Answer | null> {
    const { client, places, read } = deps;
    const pauseMs = pollPauseMs(deps.count());
    if (!places.take()) {
      await wait(timers, pauseMs, signal);
      return signal.aborted ? null : look(client, read(), false, signal);
    }
    const before = read().session;
    const since = timers.now();
    let answer: Answer;
    try {
      answer = await look(client, read(), true, signal);
    } finally {
      places.giveBack();
    }
    const isEmpty = answer.type === 'seen' && isSame(answer.session, before);
    if (isEmpty && Math.abs(timers.now() - since) < HASTY_MS) await wait(timers, pauseMs, signal);
    return answer;
  }

  return {
    wake(isForced = false) {
      if (mayWake || isForced) turn.abort();
    },
    end() {
      isOver = true;
      turn.abort();
    },
    // Not before the caller has its follower.
    ended: Promise.resolve().then(run),
  };
}
