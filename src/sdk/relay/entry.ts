import type { RelayHealthNoted } from '../../../generated/sdk/types.gen.ts';
import type { Timers } from '../timers.ts';
import { beatOf, type Connection } from './connection.ts';
import type { ConnectionNews } from './events.ts';
import { type Follower, follow } from './follow.ts';
import { deepFreeze } from './freeze.ts';
import { sendHeartbeats } from './heartbeats.ts';
import type { Input } from './input.ts';
import type { PollPlaces } from './poll-places.ts';
import { reduce } from './reduce.ts';
import type { RelayClient } from './relay-client.ts';
import type { RelayError } from './relay-error.ts';

export interface EntryDeps {
  client: RelayClient;
  timers: Timers;
  random: () => number;
  places: PollPlaces;
  requestedBy: string;
  newKey(): string;
  saved(): Promise<void>;
  count(): number;
  /** The connection is another one now. */
  onChange(before: Connection, after: Connection, news: ConnectionNews[], input: Input): void;
  /** The connection is removed and has no relay. */
  onDone(): void;
}

/** A connection with what runs for it. */
export interface Entry {
  read(): Connection;
  tell(input: Input): void;
  /** Has the loop look at the connection again; with `isForced` even requests that change something are given up. */
  wake(isForced?: boolean): void;
  /** The next heartbeat is sent now. */
  beatNow(): void;
  /** Ends everything. Resolves when it has ended. */
  end(): Promise<void>;
}

/** Starts what runs for a connection. */
export function createEntry(deps: EntryDeps, first: Connection): Entry {
  const { client, timers } = deps;
  let connection = first;
  let beat: string | null = null;
  let beating = new AbortController();
  const running = new Set<Promise<void>>();

  function tell(input: Input): void {
    const before = connection;
    const { connection: after, news } = reduce(before, input, { now: timers.now(), chance: deps.random() });
    connection = after;
    if (after.session !== before.session) deepFreeze(after.session);
    deps.onChange(before, after, news, input);
    keepBeating();
  }

  /** Heartbeats follow the connection: there are some as long as its relay is up, for the instance that it is now. */
  function keepBeating(isRestarted = false): void {
    const due = beatOf(connection);
    if (due === beat && !isRestarted) return;
    beating.abort();
    beat = due;
    const { session } = connection;
    if (due === null || !session?.instance_id) return;
    beating = new AbortController();
    const body = { session_id: session.session_id, instance_id: session.instance_id };
    const heartbeats = {
      timers,
      send: (signal: AbortSignal) => client.heartbeat(body, { signal }),
      onAccepted: ({ status }: RelayHealthNoted) => tellBeat({ type: 'beat_accepted', status }),
      onFailed: (error: RelayError) => tellBeat({ type: 'beat_failed', beat: due, error }),
    };
    track(sendHeartbeats(heartbeats, beating.signal));
  }

  function tellBeat(input: Input): void {
    tell(input);
    if (!connection.isSynced) follower.wake();
  }

  function track(work: Promise<void>): void {
    running.add(work);
    void work.then(() => running.delete(work));
  }

  const follower: Follower = follow({ ...deps, read: () => connection, tell });
  track(follower.ended);

  return {
    read: () => connection,
    tell,
    wake: follower.wake,
    beatNow: () => keepBeating(true),
    async end() {
      follower.end();
      beating.abort();
      await Promise.all(running);
    },
  };
}
