import { addSeconds, later } from '../../clock.ts';
import type { TargetRow } from '../../database/import/imported-row.ts';
import {
  assertOrder,
  BadRowError,
  oneOf,
  optionalCount,
  optionalText,
  optionalTime,
  type SourceValues,
  text,
  textLike,
  time,
} from '../../database/import/read-row.ts';
import { DEFAULT_PORTS, PROVISION_STEPS, type RelaySession, type SessionFailure } from './session.ts';
import { GRACE_SECONDS, LEASE_SECONDS, MAX_SESSION_SECONDS, PROVISION_SECONDS } from './session-machine.ts';

/** A session of the Go service with what it has elsewhere. */
export interface LegacyRelay {
  /** With the `stream_token` of its user, and `last_ingest` of its newest health event. */
  session: SourceValues;
  instances: readonly SourceValues[];
}

const STATES = ['provisioning', 'active', 'grace', 'stopped'] as const;
const CUT_OFF: SessionFailure = {
  code: 'provision_failed',
  message: 'The launch was under way when the service was replaced. Start again.',
};

/**
 * A session as it goes on here. What was billed for it is in the account's opening adjustment, so its own bill is empty.
 * A launch that was under way went down with its process: it has failed.
 *
 * @throws BadRowError
 */
export function toImportedSession(userId: string, { session, instances }: LegacyRelay, now: Date): RelaySession {
  const id = textLike(session, 'id', /^ses_[0-9A-Za-z_-]{1,64}$/);
  const state = oneOf(session, 'status', STATES);
  const createdAt = time(session, 'created_at');
  if (createdAt > now) throw new BadRowError('created_at is in the future');
  assertOrder(session, 'started_at', 'grace_started_at', 'stopped_at');
  const startedAt = optionalTime(session, 'started_at') ?? createdAt;
  if (startedAt > now) throw new BadRowError('started_at is in the future');
  const stoppedAt = stoppedAtOf(session, state, now);
  const live = stoppedAt === null;
  const instance = instanceOf(session, instances);
  const instanceId = instance ? optionalText(instance, 'instance_id') : null;
  const publicIp = instance ? optionalText(instance, 'public_ip') : null;
  if (live && (!instanceId || !publicIp)) throw new BadRowError('is live without a relay that has an address');
  const failure = state === 'provisioning' ? CUT_OFF : null;
  const wasUp = state !== 'provisioning' && instanceId !== null;
  const maxSeconds = optionalCount(session, 'max_session_seconds') ?? MAX_SESSION_SECONDS;
  return {
    id,
    userId,
    connectionId: connectionOf(session),
    status: live ? (state as 'active' | 'grace') : 'stopped',
    version: 1,
    provisionStep: failure ? stepOf(session) : 'ready',
    provisionAttempt: 1,
    region: text(session, 'region'),
    slotNumber: 1,
    // Without one there is nothing that the relay would take or hand out.
    streamToken: live ? text(session, 'stream_token') : (optionalText(session, 'stream_token') ?? ''),
    pairToken: optionalText(session, 'pair_token') ?? '',
    relayWsToken: optionalText(session, 'relay_ws_token') ?? '',
    requestedBy: optionalText(session, 'requested_by') ?? '',
    callerAddress: null,
    instanceId,
    publicIp: publicIp?.replace(/\/\d+$/, '') ?? null,
    relayHostname: null,
    ...DEFAULT_PORTS,
    srtPort: (instance && optionalCount(instance, 'srt_port')) || DEFAULT_PORTS.srtPort,
    ingestState: ingestOf(session, state),
    lastObservedAt: live ? observedAt(session, now) : null,
    stopRequestedAt: null,
    stopReason: null,
    createdAt,
    updatedAt: stoppedAt ?? now,
    activatedAt: wasUp ? startedAt : null,
    activeSince: live && state === 'active' ? now : null,
    // As the Go service counted, whatever new sessions are billed by.
    metering: 'session',
    meteredSince: live && state === 'active' ? now : null,
    meteredUntil: null,
    billedSeconds: 0,
    adjustedSeconds: 0,
    hasGaps: false,
    graceStartedAt: live && state === 'grace' ? (optionalTime(session, 'grace_started_at') ?? now) : null,
    stoppedAt,
    stopCause: stoppedAt && (failure ? 'provision_failed' : 'imported'),
    failure,
    migration: null,
    provisionExpiresAt: addSeconds(createdAt, PROVISION_SECONDS),
    leaseExpiresAt: live && state === 'active' ? addSeconds(now, LEASE_SECONDS) : null,
    graceExpiresAt: live && state === 'grace' ? graceEnd(session, now) : null,
    capExpiresAt: wasUp ? addSeconds(startedAt, maxSeconds) : null,
  };
}

function stoppedAtOf(session: SourceValues, state: (typeof STATES)[number], now: Date): Date | null {
  if (state === 'provisioning') return now;
  const stoppedAt = optionalTime(session, 'stopped_at');
  if (state === 'stopped') {
    if (stoppedAt === null) throw new BadRowError('is stopped without stopped_at');
    if (stoppedAt > now) throw new BadRowError('stopped_at is in the future');
    return stoppedAt;
  }
  if (stoppedAt !== null) throw new BadRowError('is live and has stopped_at');
  return null;
}

/** As after an outage of ours: no earlier than a lease from now. */
function graceEnd(session: SourceValues, now: Date): Date {
  const window = optionalCount(session, 'grace_window_seconds') ?? GRACE_SECONDS;
  const end = addSeconds(optionalTime(session, 'grace_started_at') ?? now, window);
  return later(end, addSeconds(now, LEASE_SECONDS));
}

function connectionOf(session: SourceValues): string | null {
  const id = optionalText(session, 'connection_id');
  if (id === null || id === '') return null;
  return textLike(session, 'connection_id', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i).toLowerCase();
}

/** A moment of the future would keep reports from counting until then. */
function observedAt(session: SourceValues, now: Date): Date | null {
  const at = optionalTime(session, 'last_observed_at');
  return at && at <= now ? at : null;
}

function stepOf(session: SourceValues): RelaySession['provisionStep'] {
  const step = optionalText(session, 'provision_step') as RelaySession['provisionStep'];
  return PROVISION_STEPS.includes(step) ? step : 'launching_instance';
}

function instanceOf(session: SourceValues, instances: readonly SourceValues[]): SourceValues | undefined {
  const own = session.relay_instance_id;
  return instances.find(({ id }) => id === own) ?? (own ? undefined : instances[0]);
}

/** Of one in grace nothing is said, so that any heartbeat ends the grace: its relay may never report here. */
function ingestOf({ last_ingest }: SourceValues, state: (typeof STATES)[number]): RelaySession['ingestState'] {
  return state === 'active' && last_ingest === true ? 'active' : 'never';
}

const INSTANCE_STATES = ['provisioning', 'running', 'terminating', 'terminated', 'error'] as const;

/** An instance at AWS as it is noted here. What is in error is taken down. @throws BadRowError */
export function toImportedInstance(values: SourceValues, sessionId: string | null, now: Date): TargetRow {
  const id = textLike(values, 'id', /^rly_[0-9A-Za-z_-]{1,64}$/);
  if (sessionId === null) throw new BadRowError('has no session');
  const state = oneOf(values, 'state', INSTANCE_STATES);
  const terminatedAt = optionalTime(values, 'terminated_at');
  const isGone = state === 'terminated' || (state === 'error' && terminatedAt !== null);
  if (isGone !== (terminatedAt !== null)) throw new BadRowError('state and terminated_at disagree');
  assertOrder(values, 'launched_at', 'terminated_at');
  const instanceId = optionalText(values, 'instance_id');
  if (instanceId === null && !isGone) throw new BadRowError('instance_id is missing');
  const createdAt = time(values, 'created_at');
  const states = { provisioning: 'running', running: 'running', terminating: 'terminating', error: 'terminating' };
  return {
    table: 'relay_instances',
    key: { id },
    values: {
      session_id: sessionId,
      attempt: 1,
      provider: 'aws',
      provision_token: `imported:${id}`,
      region: text(values, 'region'),
      state: state === 'terminated' || isGone ? 'terminated' : states[state],
      instance_id: instanceId,
      created_at: createdAt,
      updated_at: now,
      launched_at: optionalTime(values, 'launched_at') ?? createdAt,
      terminated_at: terminatedAt,
    },
  };
}
