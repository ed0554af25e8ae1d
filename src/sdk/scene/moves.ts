import type { SceneConfig } from './config.ts';
import { isIngestLost, isSessionOver, isSignalBack, isTelemetryFresh, isTelemetryLost } from './evidence.ts';
import type { SceneTrigger } from './machine.ts';
import type { SceneState } from './state.ts';

/** The trigger that can't wait; null: none. */
export function findCriticalTrigger(state: SceneState, config: SceneConfig): SceneTrigger | null {
  if (state.mode === 'FATAL') return null;
  if (state.fault) return 'FAULT';
  if (state.mode === 'DEGRADED') return null;
  if (!state.obs.available) return 'OBS_UNAVAILABLE';
  return isStorm(state, config) ? 'ERROR_STORM' : null;
}

/** What else speaks for leaving the mode; null: nothing. The first that holds, ends before losses before returns. */
export function findTrigger(state: SceneState, config: SceneConfig): SceneTrigger | null {
  switch (state.mode) {
    case 'STUDIO':
      return state.irl.accepted ? 'START_ACCEPTED' : null;
    case 'IRL_CONNECTING':
      return findConnectingTrigger(state, config);
    case 'IRL_ACTIVE':
      if (isSessionOver(state)) return 'SESSION_STOPPED';
      if (state.irl.off && state.irl.stopAcknowledged) return 'STOP_ACKNOWLEDGED';
      // Ingest first: a flaky stats page would otherwise start the debouncing again with each poll.
      if (isIngestLost(state, config)) return 'INGEST_INACTIVE';
      return isTelemetryLost(state, config) ? 'TELEMETRY_LOST' : null;
    case 'IRL_GRACE':
      return findGraceTrigger(state, config);
    case 'DEGRADED':
      return state.obs.available && state.obs.probePassed && !isStorm(state, config) ? 'PROBE_PASSED' : null;
    case 'FATAL':
      return null;
  }
}

/** Whether a trigger comes of a timer, which can't bounce. */
export function isTimer(trigger: SceneTrigger): boolean {
  return trigger === 'TIMED_OUT' || trigger === 'GRACE_EXPIRED';
}

function findConnectingTrigger(state: SceneState, config: SceneConfig): SceneTrigger | null {
  if (state.irl.off) return 'CANCELLED';
  if (state.irl.denied) return 'DENIED';
  if (isSessionOver(state)) return 'SESSION_STOPPED';
  const connected = state.cloud.status === 'active' && isTelemetryFresh(state, config);
  if (isInTime(state, 'TELEMETRY_CONNECTED', connected, state.connectingSince + config.connectingTimeoutMs)) {
    return 'TELEMETRY_CONNECTED';
  }
  return state.at - state.connectingSince >= config.connectingTimeoutMs ? 'TIMED_OUT' : null;
}

function findGraceTrigger(state: SceneState, config: SceneConfig): SceneTrigger | null {
  const endsAt = state.graceEndsAt ?? state.at;
  if (state.irl.off) return 'IRL_OFF';
  if (isSessionOver(state)) return 'SESSION_STOPPED';
  if (isInTime(state, 'SIGNAL_BACK', isSignalBack(state, config), endsAt)) return 'SIGNAL_BACK';
  return state.at >= endsAt ? 'GRACE_EXPIRED' : null;
}

/** What was true before the deadline isn't late because it is being debounced. */
function isInTime(state: SceneState, trigger: SceneTrigger, holds: boolean, deadline: number): boolean {
  return holds && (state.at < deadline || state.waiting?.trigger === trigger);
}

function isStorm({ errors }: SceneState, { errorStormCount }: SceneConfig): boolean {
  return errors.length >= errorStormCount;
}
