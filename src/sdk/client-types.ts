import type {
  AccountSnapshot,
  CapacityStatus,
  Checkout,
  CheckoutRequest,
  CurrentUsage,
  RelayHealthNoted,
  RelayManifest,
  RelayMigrateRequest,
  RelaySession,
  RelayStartRequest,
  RelayStopDeferred,
  RelayStopped,
  RelayStopRequest,
  StreamSlot,
  UsageSessionPage,
} from '../../generated/sdk/types.gen.ts';
import type { LoginOptions, LoginOutcome } from './login-types.ts';
import type { Timers } from './timers.ts';
import type { TokenStore } from './token-store.ts';

/** What a client is made of. */
export interface TelemyClientOptions {
  /** Origin of the control plane, such as `https://api.example.com`; `http:` only on loopback. A path is kept. */
  baseUrl: string;
  /** Where this device's tokens are kept. */
  tokenStore: TokenStore;
  /** Version of your plugin, at most 32 characters; a server may refuse old ones. */
  clientVersion: string;
  /** System that it runs on, at most 32 characters; default `unknown`. */
  clientPlatform?: string;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /** How long to wait for each answer, in milliseconds; default 15,000. A long poll has its wait on top. */
  timeoutMs?: number;
  /** Hears that renewed tokens could not be stored; they are used all the same. Default: the console. */
  onStoreError?: (error: unknown) => void;
  /** For tests: the time, and chance from 0 up to 1. */
  timers?: Timers;
  random?: () => number;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What became of a start. */
export interface StartedRelay {
  session: RelaySession;
  /** `created`: a relay is being launched. `existing`: the connection had one. `replayed`: this key was used before. */
  outcome: 'created' | 'existing' | 'replayed';
}

/** Which live relay to ask for, and how long to wait for a change. */
export interface ActiveRelayQuery {
  /** Default: the newest live session. */
  connectionId?: string;
  /** Long poll: answer as soon as the session's version differs, at the latest after so many seconds (0 to 25). */
  waitSeconds?: number;
  sinceVersion?: number;
}

/**
 * The control plane, for one device. Bodies are those of the contract, in its words.
 *
 * Every method rejects with a `TelemyApiError` when the server refuses, with a `TelemyNetworkError` when no usable answer
 * came, and with the signal's reason when it was aborted. Calls that cannot do harm twice are repeated by themselves.
 */
export interface TelemyClient {
  /** Where the API is: the `baseUrl` of the options, with `/api/v1` at its end. */
  readonly baseUrl: string;
  /** Whether there are tokens; they may be revoked all the same. */
  isSignedIn(): Promise<boolean>;
  login(options: LoginOptions): Promise<LoginOutcome>;
  /** Signs this device out: its tokens are forgotten first, then the server is told. */
  logout(options?: CallOptions): Promise<void>;
  getSession(options?: CallOptions): Promise<AccountSnapshot>;
  /** @param options `idempotencyKey`: a UUIDv4; default: a new one. It is kept over repetitions. */
  startRelay(body?: RelayStartRequest, options?: CallOptions & { idempotencyKey?: string }): Promise<StartedRelay>;
  /** Null: there is none. */
  getActiveRelay(query?: ActiveRelayQuery, options?: CallOptions): Promise<RelaySession | null>;
  getRelaySession(sessionId: string, options?: CallOptions): Promise<RelaySession>;
  stopRelay(body?: RelayStopRequest, options?: CallOptions): Promise<RelayStopped | RelayStopDeferred>;
  migrateRelay(body: RelayMigrateRequest, options?: CallOptions): Promise<RelaySession>;
  /** The owner's heartbeat: renews the lease. */
  heartbeat(body: { session_id: string; instance_id: string }, options?: CallOptions): Promise<RelayHealthNoted>;
  getManifest(options?: CallOptions): Promise<RelayManifest>;
  getUsage(options?: CallOptions): Promise<CurrentUsage>;
  /** @param query `cursor`: of the page before. */
  listUsageSessions(query?: { cursor?: string; limit?: number }, options?: CallOptions): Promise<UsageSessionPage>;
  listStreamSlots(options?: CallOptions): Promise<StreamSlot[]>;
  renameStreamSlot(slotNumber: number, label: string, options?: CallOptions): Promise<StreamSlot>;
  regenerateStreamToken(slotNumber?: number, options?: CallOptions): Promise<StreamSlot>;
  createCheckout(body: CheckoutRequest, options?: CallOptions): Promise<Checkout>;
  getCapacity(options?: CallOptions): Promise<CapacityStatus>;
}
