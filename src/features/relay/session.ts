/** How far a launch has come, in order. */
export const PROVISION_STEPS = [
  'launching_instance',
  'waiting_for_instance',
  'starting_docker',
  'starting_containers',
  'creating_stream',
  'ready',
] as const;

export type ProvisionStep = (typeof PROVISION_STEPS)[number];

/** The steps of one launch never go back. */
export function laterStep(a: ProvisionStep, b: ProvisionStep): ProvisionStep {
  return PROVISION_STEPS.indexOf(a) >= PROVISION_STEPS.indexOf(b) ? a : b;
}

/** What is billed: the time in `active`, or of that only the time with a stream that the relay reports. */
export type Metering = 'session' | 'ingest';

export type SessionStatus = 'provisioning' | 'active' | 'grace' | 'stopped';

/** What is known of the stream that comes in: none ever, one now, or one that was there and is gone. */
export type IngestState = 'never' | 'active' | 'lost';

export interface SessionFailure {
  code: 'capacity_unavailable' | 'provision_timeout' | 'provision_failed' | 'instance_lost';
  message: string;
}

/** How far a move to another relay has come; `failed`: it was given up, and the session stayed where it was. */
export type MigrationStep = Exclude<ProvisionStep, 'ready'> | 'repointing_dns' | 'draining' | 'failed';

/** A session's move to a relay in another region: make before break. */
export interface RelayMigration {
  /** Where it moves to. */
  region: string;
  step: MigrationStep;
  /** Which try at launching the new relay this is, from 1. */
  tries: number;
  /** The relay that isn't the session's own: the new one until it takes over, from then on the old one. */
  instanceId: string | null;
  startedAt: Date;
  /** Until when the old relay stays; null until that is known. */
  drainUntil: Date | null;
  failure: SessionFailure | null;
}

/** Whether the relay of a move isn't the session's own yet. */
export function isComingUp({ step }: RelayMigration): boolean {
  return step !== 'repointing_dns' && step !== 'draining' && step !== 'failed';
}

/** One life of a relay. */
export interface RelaySession {
  id: string;
  userId: string;
  /** Null: the account's default connection. */
  connectionId: string | null;
  status: SessionStatus;
  /** Rises with each change that a client should see. */
  version: number;
  provisionStep: ProvisionStep;
  /** Number of the latest launch, from 1: that of its first relay, or of one that it moves to. */
  provisionAttempt: number;
  region: string;
  slotNumber: number;
  streamToken: string;
  pairToken: string;
  relayWsToken: string;
  requestedBy: string;
  /** The address that the relay's statistics are for; null: not known. */
  callerAddress: string | null;
  /** The provider's name of the relay. */
  instanceId: string | null;
  publicIp: string | null;
  /** Leads to `publicIp`, once DNS has been told. */
  relayHostname: string | null;
  srtPort: number;
  playerPort: number;
  statsPort: number;
  slsPort: number;
  ingestState: IngestState;
  /** When the newest report that counted was made, by the relay's clock. */
  lastObservedAt: Date | null;
  /** Set while a stop waits for the launch. */
  stopRequestedAt: Date | null;
  stopReason: string | null;
  createdAt: Date;
  /** When `version` last rose. */
  updatedAt: Date;
  activatedAt: Date | null;
  /** Since when it has been active, if it is. */
  activeSince: Date | null;
  /** As it was configured when the session was created. */
  metering: Metering;
  /** Start of the billable interval that is open now. */
  meteredSince: Date | null;
  /** Where that interval ends unless the relay reports again; null: it stays open while the session is active. */
  meteredUntil: Date | null;
  /** Seconds of the billable intervals that are closed. */
  billedSeconds: number;
  /** Seconds of its adjustments; may be negative. */
  adjustedSeconds: number;
  /** Whether an outage of ours left unbilled time behind that the relay's next report may prove. */
  hasGaps: boolean;
  graceStartedAt: Date | null;
  stoppedAt: Date | null;
  stopCause: string | null;
  failure: SessionFailure | null;
  migration: RelayMigration | null;
  provisionExpiresAt: Date;
  leaseExpiresAt: Date | null;
  graceExpiresAt: Date | null;
  capExpiresAt: Date | null;
}

/** Ports of a relay that has the usual ones. */
export const DEFAULT_PORTS = { srtPort: 5000, playerPort: 4000, statsPort: 5080, slsPort: 8090 } as const;
