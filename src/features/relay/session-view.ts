import type { RelaySession as ApiSession } from '../../../generated/sdk/types.gen.ts';
import { floorToSecond, secondsUntil } from '../../clock.ts';
import { intervalSeconds } from '../usage/index.ts';
import { openInterval } from './metering.ts';
import type { RelaySession } from './session.ts';
import { GRACE_SECONDS, MAX_SESSION_SECONDS } from './session-machine.ts';

/**
 * A session as the contract shows it at `now`.
 *
 * @param session settled to `now`.
 */
export function toApiSession(session: RelaySession, now: Date): ApiSession {
  const stopped = session.status === 'stopped';
  return {
    session_id: session.id,
    ...(session.connectionId === null ? {} : { connection_id: session.connectionId }),
    status: session.status,
    provision_step: session.provisionStep,
    region: session.region,
    ...(session.instanceId === null ? {} : { instance_id: session.instanceId }),
    relay: {
      ...(session.instanceId === null ? {} : { instance_id: session.instanceId }),
      ...(session.publicIp === null ? {} : { public_ip: session.publicIp }),
      srt_port: session.srtPort,
      player_port: session.playerPort,
      stats_port: session.statsPort,
      sls_port: session.slsPort,
      ...(session.relayHostname === null ? {} : { relay_hostname: session.relayHostname }),
    },
    ...(stopped ? {} : { credentials: credentialsOf(session) }),
    ...urlsOf(session),
    timers: timersOf(session, now),
    usage: {
      started_at: session.activatedAt && floorToSecond(session.activatedAt).toISOString(),
      ended_at: session.stoppedAt && floorToSecond(session.stoppedAt).toISOString(),
      duration_seconds: billableSeconds(session, now),
    },
    failure: session.failure,
    migration: session.migration && {
      new_region: session.migration.region,
      step: session.migration.step,
      failure: session.migration.failure,
    },
    version: session.version,
    created_at: session.createdAt.toISOString(),
    updated_at: session.updatedAt.toISOString(),
  };
}

/** Names a session's version (RFC 9110, section 8.8.3); weak, because timers run on without a new version. */
export function sessionETag(session: RelaySession): string {
  return `W/"${session.id}-${session.version}"`;
}

function credentialsOf(session: RelaySession) {
  return {
    pair_token: session.pairToken,
    relay_ws_token: session.relayWsToken,
    stream_token: session.streamToken,
  };
}

/**
 * Phones keep their URL for ever, so it holds the name; OBS gets a new one each time, and must not wait until an old
 * address of the name is forgotten. The player's URL holds the stream token, so it goes with the credentials.
 */
function urlsOf(session: RelaySession) {
  if (session.publicIp === null || session.status === 'stopped') return {};
  const host = session.publicIp.includes(':') ? `[${session.publicIp}]` : session.publicIp;
  return {
    sender_url: `srtla://${session.relayHostname ?? host}:${session.srtPort}`,
    media_source_url: `srt://${host}:${session.playerPort}?streamid=play_${session.streamToken}`,
  };
}

function timersOf(session: RelaySession, now: Date) {
  const stopped = session.status === 'stopped';
  return {
    grace_window_seconds: GRACE_SECONDS,
    grace_remaining_seconds: remaining(session.graceExpiresAt, GRACE_SECONDS, stopped, now),
    max_session_seconds: MAX_SESSION_SECONDS,
    max_session_remaining_seconds: remaining(session.capExpiresAt, MAX_SESSION_SECONDS, stopped, now),
    lease_expires_at: session.leaseExpiresAt?.toISOString() ?? null,
  };
}

function remaining(deadline: Date | null, whole: number, stopped: boolean, now: Date): number {
  if (stopped) return 0;
  return deadline ? Math.min(whole, secondsUntil(deadline, now)) : whole;
}

function billableSeconds(session: RelaySession, now: Date): number {
  const open = openInterval(session, now);
  return session.billedSeconds + session.adjustedSeconds + (open ? intervalSeconds(open) : 0);
}
