import type { Metrics } from '../../../observability/metrics.ts';
import type { ProvisionStep } from '../session.ts';

/** What a provider needs to bring up one relay. */
export interface ProvisionRequest {
  /** Idempotency token, `session id:attempt`, at most 64 ASCII characters. The same token never makes two instances. */
  token: string;
  sessionId: string;
  userId: string;
  /** Whose instance this is; a reconciler touches only its own deployment's. */
  deployment: string;
  region: string;
  /** Whether another region will do when that one has no room. */
  anyRegion: boolean;
  /** Stream id suffix: publishers use `live_TOKEN`, players `play_TOKEN`. */
  streamToken: string;
  /** What the relay sends as `X-Relay-Auth`; derived from the shared key, good for this session only. */
  relayKey: string;
  /** Absolute URL of `POST /relay/health`. */
  healthUrl: string;
  /** The only address, IPv4 or IPv6, that may read the relay's statistics; null: everyone may. */
  statsReader: string | null;
}

/**
 * Which of several places a launch is tried at, kept from one run to the next: a token whose answer was lost must be
 * asked for again at the very same place, or there may be two instances.
 */
export interface Placement {
  /** The place that was noted last for this token; null: none yet. */
  last: string | null;
  /** Resolves once it is stored; to be called before the provider is. */
  note(place: string): Promise<void>;
}

/** Names one instance. */
export interface InstanceRef {
  instanceId: string;
  sessionId: string;
  region: string;
  /** When it was made, if known: a provider may not show its newest instances yet (EC2 is eventually consistent). */
  requestedAt?: Date;
}

/** Where a relay can be reached. Ports are told because a stand-in on one machine cannot always have the usual ones. */
export interface RelayAddress {
  publicIp: string;
  /** SRTLA in, UDP. */
  srtPort: number;
  /** SRT out to OBS, UDP. */
  playerPort: number;
  /** Per-link statistics, HTTP. */
  statsPort: number;
  /** The SRT server's own API and statistics, HTTP. */
  slsPort: number;
}

export type InstanceState = 'pending' | 'running' | 'terminated';

/** What a provider says of one instance. */
export interface InstanceDescription {
  instanceId: string;
  /** What it was launched with. */
  token: string;
  sessionId: string;
  region: string;
  state: InstanceState;
  /** How far the relay has come up; `ready` means that it answers. */
  step: ProvisionStep;
  /** Known once the instance has one. */
  address?: RelayAddress;
}

/** What a provider says of the room in a region. `none`: a launch there would fail now. */
export interface RegionCapacity {
  region: string;
  available: 'plenty' | 'few' | 'none';
}

/** The image that a region's relays start from. */
export interface RelayImage {
  region: string;
  amiId: string;
  instanceType: string;
}

/** What a provider has to know to put its own affairs in order. */
export interface TidyRequest {
  deployment: string;
  /** Of these sessions, those that aren't stopped. */
  liveAmong(sessionIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Of these users, those that exist. */
  usersAmong(userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** False: nothing is changed. */
  act: boolean;
  /** Most things to change in one run. */
  limit: number;
}

/** Something that a provider's own part of the worker does again and again; several workers may do it. */
export interface Chore {
  name: string;
  everyMs: number;
  run(metrics: Metrics): Promise<void>;
}

/**
 * One way to run relays. Each call may be repeated at any time: a crash can fall between any two of them.
 *
 * Errors thrown are `CapacityUnavailableError`, `ProviderRejectedError` (final: asking again will not help) or anything
 * else, which means "not known, try again".
 */
export interface RelayProvider {
  readonly name: string;
  /** How soon a launch asks for its progress first, in milliseconds; without news it asks less and less often. */
  readonly pollIntervalMs: number;
  /** How long a start takes here before any was measured, in seconds. */
  readonly usualStartSeconds: number;
  /**
   * Makes the instance of `request.token`, or finds the one made before. It may come to lie in another region than the
   * one asked for, if the request allows that.
   */
  provision(request: ProvisionRequest, placement: Placement): Promise<InstanceDescription>;
  /** Takes an instance of that request on towards `ready`, as far as that needs us, and says how it is then; null as in `describe`. */
  bringUp(instance: InstanceRef, request: ProvisionRequest): Promise<InstanceDescription | null>;
  /** The instance as it is now; null when the provider knows nothing of it. */
  describe(instance: InstanceRef): Promise<InstanceDescription | null>;
  /**
   * Asks for the end of an instance, and of all that was made for it; one that is gone already is no error.
   *
   * @returns whether nothing of it is left. False: ask again.
   */
  deprovision(instance: InstanceRef): Promise<boolean>;
  /** Every instance of the deployment that isn't terminated, in all regions. */
  list(deployment: string): Promise<InstanceDescription[]>;
  capacity(): Promise<RegionCapacity[]>;
  images(): RelayImage[];
  /**
   * Finds what no instance shows and mends it: things made for sessions that have ended, or missing for live ones.
   *
   * @returns what was done, or with `act: false` would be done, a sentence each.
   */
  tidy(request: TidyRequest): Promise<string[]>;
  /** What it wants done again and again by the worker, if anything. */
  readonly chores?: readonly Chore[];
  /** Lets go of what it holds; calls made later fail. Relays go on. */
  close(): Promise<void>;
}

/** There is no room for another relay in the region asked for. */
export class CapacityUnavailableError extends Error {
  override name = 'CapacityUnavailableError';
}

/** The provider refuses the request and would refuse it again. */
export class ProviderRejectedError extends Error {
  override name = 'ProviderRejectedError';
}
