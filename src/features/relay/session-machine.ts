import { addSeconds, later } from '../../clock.ts';
import type { UsageInterval } from '../usage/index.ts';
import { startMeter, stopMeter } from './metering.ts';
import type { RelaySession, SessionFailure, SessionStatus } from './session.ts';

/** A heartbeat is good for this long. */
export const LEASE_SECONDS = 300;
/** Time in grace before the session is stopped. */
export const GRACE_SECONDS = 600;
/** Longest life of a session, from its activation. */
export const MAX_SESSION_SECONDS = 57_600;
/** Longest launch. */
export const PROVISION_SECONDS = 180;

/** Why a session goes from one state to another. */
export type TransitionCause =
  | 'provisioned'
  | 'lease_lapsed'
  | 'ingest_lost'
  | 'heartbeat'
  | 'ingest_restored'
  | StopCause;

/** Why a session ends. */
export type StopCause =
  | 'user_requested'
  | 'shutdown'
  | 'admin_forced'
  | 'error_recovery'
  | 'max_duration'
  | 'grace_expired'
  | 'instance_lost'
  | 'subscription_ended'
  | 'stop_requested'
  | 'provision_timeout'
  | 'provision_failed'
  | 'capacity_unavailable';

const ENDS = [
  'user_requested',
  'shutdown',
  'admin_forced',
  'error_recovery',
  'max_duration',
  'instance_lost',
  'subscription_ended',
] as const;

/** The whole machine: from, to, and the causes that may lead there. `system`: nobody can ask for it. */
const TABLE: readonly {
  from: SessionStatus;
  to: SessionStatus;
  causes: readonly TransitionCause[];
  system?: boolean;
}[] = [
  { from: 'provisioning', to: 'active', causes: ['provisioned'] },
  { from: 'active', to: 'grace', causes: ['lease_lapsed', 'ingest_lost'] },
  { from: 'grace', to: 'active', causes: ['heartbeat', 'ingest_restored'] },
  { from: 'active', to: 'stopped', causes: ENDS },
  { from: 'grace', to: 'stopped', causes: [...ENDS, 'grace_expired'] },
  {
    from: 'provisioning',
    to: 'stopped',
    causes: ['stop_requested', 'provision_timeout', 'provision_failed', 'capacity_unavailable', 'instance_lost'],
    system: true,
  },
];

/** A change of state, at the moment when it became true. */
export interface Transition {
  from: SessionStatus;
  to: SessionStatus;
  cause: TransitionCause;
  at: Date;
}

/** The machine has no such edge. */
export class InvalidTransitionError extends Error {
  override name = 'InvalidTransitionError';
  readonly from: SessionStatus;
  readonly to: SessionStatus;

  constructor(from: SessionStatus, to: SessionStatus, cause: string) {
    super(`A session cannot go from ${from} to ${to} by ${cause}.`);
    this.from = from;
    this.to = to;
  }
}

/** Where a caller can send a session, or see it go, from a state. */
export function allowedTargets(from: SessionStatus): SessionStatus[] {
  return TABLE.filter((edge) => edge.from === from && !edge.system).map((edge) => edge.to);
}

/** Whether the machine has this edge for this cause. */
export function isLegal(from: SessionStatus, to: SessionStatus, cause: TransitionCause): boolean {
  return TABLE.some((edge) => edge.from === from && edge.to === to && edge.causes.includes(cause));
}

/** A session after a transition, and the billable interval that it closed. */
export interface Moved {
  session: RelaySession;
  transition: Transition;
  interval: UsageInterval | null;
}

/**
 * Takes a session along one edge of the machine.
 *
 * @param when it became true; the session's last change instead, if the clock that was read is behind that.
 * @throws InvalidTransitionError
 */
export function move(
  session: RelaySession,
  to: SessionStatus,
  cause: TransitionCause,
  when: Date,
  failure: SessionFailure | null = null,
): Moved {
  const from = session.status;
  if (!isLegal(from, to, cause)) throw new InvalidTransitionError(from, to, cause);
  const at = later(when, session.updatedAt);
  const { fields: metered, interval } = stopMeter(session, at);
  const left = {
    ...metered,
    activeSince: null,
    hasGaps: false,
    leaseExpiresAt: null,
    graceStartedAt: null,
    graceExpiresAt: null,
    status: to,
    version: session.version + 1,
    updatedAt: at,
  };
  return {
    session: { ...session, ...left, ...entering(session, to, cause, at, failure) },
    transition: { from, to, cause, at },
    interval,
  };
}

function entering(
  session: RelaySession,
  to: SessionStatus,
  cause: TransitionCause,
  at: Date,
  failure: SessionFailure | null,
): Partial<RelaySession> {
  if (to === 'active') {
    return {
      activeSince: at,
      ...startMeter(session, at),
      leaseExpiresAt: addSeconds(at, LEASE_SECONDS),
      activatedAt: session.activatedAt ?? at,
      capExpiresAt: session.capExpiresAt ?? addSeconds(at, MAX_SESSION_SECONDS),
      stopRequestedAt: null,
    };
  }
  if (to === 'grace') return { graceStartedAt: at, graceExpiresAt: addSeconds(at, GRACE_SECONDS) };
  return { stoppedAt: at, stopCause: cause, failure, stopRequestedAt: null, migration: null };
}
