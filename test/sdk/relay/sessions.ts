import type { RelaySession } from '../../../generated/sdk/types.gen.ts';
import { TelemyApiError, TelemyNetworkError } from '../../../src/sdk/errors.ts';

/** A session as the server would show it; its launch has just begun unless `values` say otherwise. */
export function apiSession(values: Partial<RelaySession> = {}): RelaySession {
  return {
    session_id: 'ses_1',
    status: 'provisioning',
    provision_step: 'launching_instance',
    region: 'us-east-1',
    instance_id: 'i-1',
    relay: { srt_port: 5000, player_port: 4000, stats_port: 5080 },
    timers: {
      grace_window_seconds: 600,
      grace_remaining_seconds: 600,
      max_session_seconds: 57_600,
      max_session_remaining_seconds: 57_600,
      lease_expires_at: null,
    },
    usage: { started_at: null, ended_at: null, duration_seconds: 0 },
    failure: null,
    migration: null,
    version: 1,
    created_at: '2026-05-12T09:00:00.000Z',
    updated_at: '2026-05-12T09:00:00.000Z',
    ...values,
  } as RelaySession;
}

export const ACTIVE = { status: 'active', provision_step: 'ready' } as const;

/** A refusal of the server. */
export function refusal(
  status: number,
  code: string,
  more: { reasonCode?: string; retryAfter?: number } = {},
): TelemyApiError {
  return new TelemyApiError({
    status,
    code,
    message: code,
    reasonCode: more.reasonCode,
    retryAfter: more.retryAfter,
    requestId: undefined,
    details: {},
  });
}

export function unreachable(): TelemyNetworkError {
  return new TelemyNetworkError('unreachable', 'The network is away.');
}
