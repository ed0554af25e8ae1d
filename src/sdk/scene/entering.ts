import { type Desk, notify, report } from './desk.ts';
import { isCloudAgainst, isSessionOver, isSignalDead } from './evidence.ts';
import { nextMode, type SceneMode, type SceneTrigger } from './machine.ts';
import { endOverride } from './overrides.ts';
import { startGrace } from './startup.ts';
import { createIrlWishes, createTelemetryEvidence } from './state.ts';
import { noteStep } from './steps.ts';

/** Moves the machine, where its table allows it, and does what belongs to the mode that it comes to. */
export function move(desk: Desk, trigger: SceneTrigger): void {
  const { state, counters } = desk;
  const from = state.mode;
  const next = nextMode(state, trigger);
  if (!next) return;
  Object.assign(state, next);
  report(desk, { type: 'transition', from, to: state.mode, trigger });
  counters.add('state_transition_total', { from, to: state.mode });
  // What DEGRADED interrupted goes on; it doesn't begin again.
  if (from !== 'DEGRADED' || state.mode === 'FATAL') enter(desk, from, trigger);
}

function enter(desk: Desk, from: SceneMode, trigger: SceneTrigger): void {
  const { state } = desk;
  switch (state.mode) {
    case 'STUDIO':
      enterStudio(desk, from, trigger);
      break;
    case 'IRL_CONNECTING':
      Object.assign(state.irl, { requested: false, accepted: false });
      state.connectingSince = state.at;
      // What was known is of another relay.
      state.cloud = { status: 'provisioning' };
      state.telemetry = createTelemetryEvidence(state.at);
      state.fed = false;
      state.ended = false;
      if (!state.override?.privacy) endOverride(desk, 'irl_started');
      break;
    case 'IRL_ACTIVE':
      state.mediaStale = true;
      state.steps = noteStep(state.steps, null);
      if (from === 'IRL_GRACE') stopGrace(desk, true);
      break;
    case 'IRL_GRACE':
      state.mediaStale = true;
      startGrace(desk, state.at);
      break;
    case 'DEGRADED':
      state.obs.probePassed = false;
      if (state.lastSwitch) state.lastSwitch.progress = 'done';
      notify(desk, 'obs_unavailable', 'OBS cannot be controlled; scenes stay as they are.');
      break;
    case 'FATAL':
      if (state.graceEndsAt !== null) stopGrace(desk, false);
      state.irl = createIrlWishes();
      notify(desk, 'fatal', `A fault needs an operator, and scenes stay as they are (${state.fault}).`);
      break;
  }
}

function enterStudio(desk: Desk, from: SceneMode, trigger: SceneTrigger): void {
  const { state } = desk;
  const wasLive = from === 'IRL_ACTIVE' || from === 'IRL_GRACE';
  if (trigger === 'GRACE_EXPIRED') {
    report(desk, { type: 'grace_expired' });
    state.graceEndsAt = null;
    notify(desk, 'grace_expired', 'The signal did not come back in time; IRL has ended.');
  } else if (from === 'IRL_GRACE') stopGrace(desk, false);
  if (trigger === 'TIMED_OUT') notify(desk, 'connecting_timeout', 'The relay did not come up in time.');
  if (state.override?.by === 'command' && !state.override.privacy && state.override.scene === desk.config.scenes.LIVE) {
    endOverride(desk, 'irl_ended');
  }
  state.ended = wasLive && !state.override && (trigger !== 'GRACE_EXPIRED' || isKnownLost(desk));
  state.irl = createIrlWishes();
  state.fed = false;
  state.steps = noteStep(state.steps, null);
  if (from !== 'FATAL') return;
  state.fault = null;
  state.errors = [];
  state.reconnected = false;
}

/** An unreachable stats page may outlast a grace while viewers still see a picture: that must not be made OFFLINE. */
function isKnownLost({ state, config }: Desk): boolean {
  return isSignalDead(state, config) || isCloudAgainst(state) || isSessionOver(state);
}

function stopGrace(desk: Desk, recovered: boolean): void {
  desk.state.graceEndsAt = null;
  report(desk, { type: 'grace_stopped', recovered });
  if (recovered) desk.counters.add('grace_recoveries_total');
}
