import type {
  IngestState,
  Metering,
  MigrationStep,
  ProvisionStep,
  RelayMigration,
  RelaySession,
  SessionFailure,
  SessionStatus,
} from './session.ts';

/** A session as the database has it. Times are text when they come out of a JSON aggregate. */
export interface SessionRow {
  id: string;
  user_id: string;
  connection_id: string | null;
  status: SessionStatus;
  version: number;
  provision_step: ProvisionStep;
  provision_attempt: number;
  region: string;
  slot_number: number;
  stream_token: string;
  pair_token: string;
  relay_ws_token: string;
  requested_by: string;
  caller_address: string | null;
  instance_id: string | null;
  public_ip: string | null;
  relay_hostname: string | null;
  srt_port: number;
  player_port: number;
  stats_port: number;
  sls_port: number;
  ingest_state: IngestState;
  last_observed_at: Time | null;
  stop_requested_at: Time | null;
  stop_reason: string | null;
  created_at: Time;
  updated_at: Time;
  activated_at: Time | null;
  active_since: Time | null;
  metering: Metering;
  metered_since: Time | null;
  metered_until: Time | null;
  billed_seconds: number;
  adjusted_seconds: number;
  has_gaps: boolean;
  grace_started_at: Time | null;
  stopped_at: Time | null;
  stop_cause: string | null;
  failure_code: SessionFailure['code'] | null;
  failure_message: string | null;
  migration: MigrationValue | null;
  provision_expires_at: Time;
  lease_expires_at: Time | null;
  grace_expires_at: Time | null;
  cap_expires_at: Time | null;
}

type Time = Date | string;

/** As the database has it, in JSON. */
interface MigrationValue {
  region: string;
  step: MigrationStep;
  tries: number;
  instance_id: string | null;
  started_at: string;
  drain_until: string | null;
  failure: SessionFailure | null;
}

/** Every column but the generated one. */
export const SESSION_COLUMNS = [
  'id',
  'user_id',
  'connection_id',
  'status',
  'version',
  'provision_step',
  'provision_attempt',
  'region',
  'slot_number',
  'stream_token',
  'pair_token',
  'relay_ws_token',
  'requested_by',
  'caller_address',
  'instance_id',
  'public_ip',
  'relay_hostname',
  'srt_port',
  'player_port',
  'stats_port',
  'sls_port',
  'ingest_state',
  'last_observed_at',
  'stop_requested_at',
  'stop_reason',
  'created_at',
  'updated_at',
  'activated_at',
  'active_since',
  'metering',
  'metered_since',
  'metered_until',
  'billed_seconds',
  'adjusted_seconds',
  'has_gaps',
  'grace_started_at',
  'stopped_at',
  'stop_cause',
  'failure_code',
  'failure_message',
  'migration',
  'provision_expires_at',
  'lease_expires_at',
  'grace_expires_at',
  'cap_expires_at',
] as const satisfies readonly (keyof SessionRow)[];

export function toSession(row: SessionRow): RelaySession {
  return {
    id: row.id,
    userId: row.user_id,
    connectionId: row.connection_id,
    status: row.status,
    version: row.version,
    provisionStep: row.provision_step,
    provisionAttempt: row.provision_attempt,
    region: row.region,
    slotNumber: row.slot_number,
    streamToken: row.stream_token,
    pairToken: row.pair_token,
    relayWsToken: row.relay_ws_token,
    requestedBy: row.requested_by,
    callerAddress: row.caller_address,
    instanceId: row.instance_id,
    publicIp: row.public_ip,
    relayHostname: row.relay_hostname,
    srtPort: row.srt_port,
    playerPort: row.player_port,
    statsPort: row.stats_port,
    slsPort: row.sls_port,
    ingestState: row.ingest_state,
    lastObservedAt: toDate(row.last_observed_at),
    stopRequestedAt: toDate(row.stop_requested_at),
    stopReason: row.stop_reason,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    activatedAt: toDate(row.activated_at),
    activeSince: toDate(row.active_since),
    metering: row.metering,
    meteredSince: toDate(row.metered_since),
    meteredUntil: toDate(row.metered_until),
    billedSeconds: row.billed_seconds,
    adjustedSeconds: row.adjusted_seconds,
    hasGaps: row.has_gaps,
    graceStartedAt: toDate(row.grace_started_at),
    stoppedAt: toDate(row.stopped_at),
    stopCause: row.stop_cause,
    failure: row.failure_code === null ? null : { code: row.failure_code, message: row.failure_message ?? '' },
    migration: row.migration && toMigration(row.migration),
    provisionExpiresAt: new Date(row.provision_expires_at),
    leaseExpiresAt: toDate(row.lease_expires_at),
    graceExpiresAt: toDate(row.grace_expires_at),
    capExpiresAt: toDate(row.cap_expires_at),
  };
}

export function toRow(session: RelaySession): SessionRow {
  return {
    id: session.id,
    user_id: session.userId,
    connection_id: session.connectionId,
    status: session.status,
    version: session.version,
    provision_step: session.provisionStep,
    provision_attempt: session.provisionAttempt,
    region: session.region,
    slot_number: session.slotNumber,
    stream_token: session.streamToken,
    pair_token: session.pairToken,
    relay_ws_token: session.relayWsToken,
    requested_by: session.requestedBy,
    caller_address: session.callerAddress,
    instance_id: session.instanceId,
    public_ip: session.publicIp,
    relay_hostname: session.relayHostname,
    srt_port: session.srtPort,
    player_port: session.playerPort,
    stats_port: session.statsPort,
    sls_port: session.slsPort,
    ingest_state: session.ingestState,
    last_observed_at: session.lastObservedAt,
    stop_requested_at: session.stopRequestedAt,
    stop_reason: session.stopReason,
    created_at: session.createdAt,
    updated_at: session.updatedAt,
    activated_at: session.activatedAt,
    active_since: session.activeSince,
    metering: session.metering,
    metered_since: session.meteredSince,
    metered_until: session.meteredUntil,
    billed_seconds: session.billedSeconds,
    adjusted_seconds: session.adjustedSeconds,
    has_gaps: session.hasGaps,
    grace_started_at: session.graceStartedAt,
    stopped_at: session.stoppedAt,
    stop_cause: session.stopCause,
    failure_code: session.failure?.code ?? null,
    failure_message: session.failure?.message ?? null,
    migration: session.migration && toMigrationValue(session.migration),
    provision_expires_at: session.provisionExpiresAt,
    lease_expires_at: session.leaseExpiresAt,
    grace_expires_at: session.graceExpiresAt,
    cap_expires_at: session.capExpiresAt,
  };
}

function toMigration(value: MigrationValue): RelayMigration {
  return {
    region: value.region,
    step: value.step,
    tries: value.tries,
    instanceId: value.instance_id,
    startedAt: new Date(value.started_at),
    drainUntil: toDate(value.drain_until),
    failure: value.failure,
  };
}

function toMigrationValue(migration: RelayMigration): MigrationValue {
  return {
    region: migration.region,
    step: migration.step,
    tries: migration.tries,
    instance_id: migration.instanceId,
    started_at: migration.startedAt.toISOString(),
    drain_until: migration.drainUntil?.toISOString() ?? null,
    failure: migration.failure,
  };
}

/** A time of a row; null stays null. */
export function toDate(time: Time | null): Date | null {
  return time === null ? null : new Date(time);
}
