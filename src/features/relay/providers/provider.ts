import type { ProvisionStep } from '../session.ts';

/** What a provider needs to bring up one relay. */
export interface ProvisionRequest {
  /** Idempotency token, `session id:attempt`, at most 64 ASCII characters. The same token never makes two instances. */
  token: string;
  sessionId: string;
  /** Whose instance this is; a reconciler touches only its own deployment's. */
  deployment: string;
  region: string;
  /** Stream id suffix: publishers use `live_TOKEN`, players `play_TOKEN`. */
  streamToken: string;
  /** What the relay sends as `X-Relay-Auth`; derived from the shared key, good for this session only. */
  relayKey: string;
  /** Absolute URL of `POST /relay/health`. */
  healthUrl: string;
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
  sessionId: string;
  region: string;
  state: InstanceState;
  /** How far the relay has come up; `ready` means that it answers. */
  step: ProvisionStep;
  /** Known once the instance has one. */
  address?: RelayAddress;
}

/** `none`: a launch there would fail now. */
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

/**
 * One way to run relays. Each call may be repeated at any time: a crash can fall between any two of them.
 *
 * Errors thrown are `CapacityUnavailableError`, `ProviderRejectedError` (final: asking again will not help) or anything
 * else, which means "not known, try again".
 */
export interface RelayProvider {
  readonly name: string;
  /** How often a launch asks for its progress, in milliseconds: as often as the provider bears. */
  readonly pollIntervalMs: number;
  /** Makes the instance of `request.token`, or finds the one made before. */
  provision(request: ProvisionRequest): Promise<InstanceDescription>;
  /** The instance as it is now; null when the provider knows nothing of it. */
  describe(instanceId: string, region: string): Promise<InstanceDescription | null>;
  /** Asks for the end of an instance; one that is gone already is no error. */
  deprovision(instanceId: string, region: string): Promise<void>;
  /** Every instance of the deployment that isn't terminated, in all regions. */
  list(deployment: string): Promise<InstanceDescription[]>;
  capacity(): Promise<RegionCapacity[]>;
  images(): RelayImage[];
}

/** There is no room for another relay in the region asked for. */
export class CapacityUnavailableError extends Error {
  override name = 'CapacityUnavailableError';
}

/** The provider refuses the request and would refuse it again. */
export class ProviderRejectedError extends Error {
  override name = 'ProviderRejectedError';
}
