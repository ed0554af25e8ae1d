import type { RelaySession, SessionStatus } from '../../src/features/relay/session.ts';

/** Start of every session that `relaySession` makes. */
export const CREATED_AT = '2026-03-01T10:00:00.250Z';
/** When one that is active or in grace was activated. */
export const ACTIVATED_AT = '2026-03-01T10:00:20.500Z';

/** `seconds` after `from`. */
export function plus(from: string | Date, seconds: number): Date {
  return new Date(new Date(from).getTime() + seconds * 1000);
}

/** A session in that state as the machine would have made it, with the times of domain.md. */
export function relaySession(status: SessionStatus, values: Partial<RelaySession> = {}): RelaySession {
  return { ...BASE, status, ...STATES[status], ...values };
}

const UP: Partial<RelaySession> = {
  provisionStep: 'ready',
  instanceId: 'i-1',
  publicIp: '192.0.2.10',
  activatedAt: new Date(ACTIVATED_AT),
  updatedAt: new Date(ACTIVATED_AT),
  capExpiresAt: plus(ACTIVATED_AT, 57_600),
};

const STATES: Record<SessionStatus, Partial<RelaySession>> = {
  provisioning: {},
  active: {
    ...UP,
    activeSince: new Date(ACTIVATED_AT),
    meteredSince: new Date(ACTIVATED_AT),
    leaseExpiresAt: plus(ACTIVATED_AT, 300),
  },
  grace: {
    ...UP,
    billedSeconds: 300,
    updatedAt: plus(ACTIVATED_AT, 300),
    graceStartedAt: plus(ACTIVATED_AT, 300),
    graceExpiresAt: plus(ACTIVATED_AT, 900),
  },
  stopped: { ...UP, billedSeconds: 100, stoppedAt: plus(ACTIVATED_AT, 100), stopCause: 'user_requested' },
};

const BASE: RelaySession = {
  id: 'ses_1',
  userId: 'usr_1',
  connectionId: null,
  status: 'provisioning',
  version: 7,
  provisionStep: 'launching_instance',
  provisionAttempt: 1,
  region: 'us-east-1',
  slotNumber: 1,
  streamToken: 'stream',
  pairToken: 'pair',
  relayWsToken: 'ws',
  requestedBy: 'test',
  callerAddress: null,
  instanceId: null,
  publicIp: null,
  relayHostname: null,
  srtPort: 5000,
  playerPort: 4000,
  statsPort: 5080,
  slsPort: 8090,
  ingestState: 'never',
  lastObservedAt: null,
  stopRequestedAt: null,
  stopReason: null,
  createdAt: new Date(CREATED_AT),
  updatedAt: new Date(CREATED_AT),
  activatedAt: null,
  activeSince: null,
  metering: 'session',
  meteredSince: null,
  meteredUntil: null,
  billedSeconds: 0,
  adjustedSeconds: 0,
  hasGaps: false,
  graceStartedAt: null,
  stoppedAt: null,
  stopCause: null,
  failure: null,
  migration: null,
  provisionExpiresAt: plus(CREATED_AT, 180),
  leaseExpiresAt: null,
  graceExpiresAt: null,
  capExpiresAt: null,
};
