import type { Timers } from '../timers.ts';
import type { RelayEvent } from './events.ts';
import type { RelayClient } from './relay-client.ts';
import type { RelaySnapshot } from './snapshot.ts';
import type { ConnectionStore } from './store.ts';

export interface RelayManagerOptions {
  client: RelayClient;
  /** Where the connections are kept; default: only in memory. */
  store?: ConnectionStore;
  /** Default: real time. */
  timers?: Timers;
  /** Numbers from 0 up to 1 for what is left to chance; default: `Math.random`. */
  random?: () => number;
  /** Region or alias for connections that are added without one; default: the server's choice. */
  regionPreference?: string;
  /** Who asks for relays, for the server's log; default `telemy-sdk`. */
  requestedBy?: string;
  /** Is told what a listener threw; default: the console. */
  onListenerError?: (error: unknown) => void;
}

export interface NewConnection {
  /**
   * UUID; default: a new one. One that is known already is wanted again: of the rest only `label` counts then, its region
   * and stream slot stay. `changeRegion` moves it.
   */
  connectionId?: string;
  /** Region or alias; default: the manager's `regionPreference`. */
  region?: string;
  /** Number of the stream slot; default: the server's choice. */
  streamSlot?: number;
  /** The user's name for it. */
  label?: string;
}

/**
 * Keeps a relay ready for every managed connection.
 *
 * What is asked for is a wish: a method resolves once the wish is saved, and events tell what becomes of it. Wishes outlive
 * lost answers, restarts and time without a network; none of them makes a second relay. Every method but `snapshot`,
 * `subscribe`, `events`, `close` and `stopAll` calls `restore` first, and rejects where the store can't be read or the
 * manager is closed. A store that can't be written to stops nothing: `snapshot().storeError` says so.
 *
 * A relay that ends is started again, at most three times in any ten minutes; after that the connection is `failed` with
 * the error `restart_limit` until the ten minutes are over or `retry` is called.
 */
export interface RelayManager {
  /**
   * Loads the saved connections once: relays that are live are taken over, and only then the others are started, 0 to 2 s
   * apart (AR-2). Resolves once they are loaded; the rest happens by itself.
   */
  restore(): Promise<void>;
  /** Adds a connection and starts its relay (AR-1). @returns its id. */
  add(connection?: NewConnection): Promise<string>;
  /** Forgets a connection once its relay is stopped, which the server may put off until its launch is over (AR-1). */
  remove(connectionId: string): Promise<void>;
  /**
   * Moves a connection to another region (AR-3): a relay that is active goes on until the new one is ready; one that isn't
   * yet moves when it is; without one the next start is in that region.
   *
   * @throws Error for a connection that isn't known.
   */
  changeRegion(connectionId: string, region: string): Promise<void>;
  /** Tries at once what was denied, given up or put off, of one connection or of all. */
  retry(connectionId?: string): Promise<void>;
  /**
   * Stops all relays as far as possible, for instance when OBS exits; the connections stay saved. Afterwards the manager
   * does nothing until `retry` or `add`, but for what is removed. A load that is under way is waited for. Resolves when every stop was answered, has failed or was aborted.
   */
  stopAll(options?: { signal?: AbortSignal }): Promise<void>;
  /** Ends all that the manager does, and leaves the relays alone. Resolves when everything has ended. */
  close(): Promise<void>;
  snapshot(): RelaySnapshot;
  /** Calls `listener` with every event from now on. One that throws disturbs nothing. @returns what ends that. */
  subscribe(listener: (event: RelayEvent) => void): () => void;
  /**
   * The events from this call on, until the signal is aborted, the loop over them is left or the manager is closed. A
   * reader that is more than 1,000 events behind loses the oldest.
   */
  events(signal?: AbortSignal): AsyncIterableIterator<RelayEvent>;
}
