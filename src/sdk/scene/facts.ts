import { mayCommand, parseCommand } from './commands.ts';
import { type Desk, notify, reject } from './desk.ts';
import { move } from './entering.ts';
import { countPoll } from './evidence.ts';
import type { SceneCloud, SceneFact, SceneTelemetry } from './inputs.ts';
import { takeActivation, takeDeactivation, takeStartResult } from './irl.ts';
import { endOverride, takeScene } from './overrides.ts';
import { takeStartup } from './startup.ts';
import { getWorkingMode } from './state.ts';
import { noteStep } from './steps.ts';

/** Takes note of a fact. Modes and scenes are changed by others, in the light of it. */
export function takeFact(desk: Desk, fact: SceneFact): void {
  const { state } = desk;
  switch (fact.type) {
    case 'tick':
      break;
    case 'telemetry':
      takePoll(desk, fact);
      break;
    case 'cloud':
      takeCloud(desk, toCloud(fact));
      break;
    case 'startup':
      takeStartup(desk, toCloud(fact), fact.graceSince);
      takeCloud(desk, toCloud(fact));
      break;
    case 'irl_activate':
      takeActivation(desk, fact);
      break;
    case 'irl_start_result':
      takeStartResult(desk, fact);
      break;
    case 'irl_deactivate':
      takeDeactivation(desk, fact);
      break;
    case 'irl_stop_acknowledged':
      state.irl.stopAcknowledged = state.irl.off;
      break;
    case 'command':
      takeCommand(desk, fact);
      break;
    case 'obs_scene':
      takeScene(desk, fact.scene, fact.reason);
      break;
    case 'obs_availability':
      state.obs.available = fact.available;
      if (!fact.available) state.obs.probePassed = false;
      break;
    case 'validation_probe':
      state.obs.probePassed = fact.passed && state.obs.available;
      break;
    case 'protocol_error':
      state.errors.push(state.at);
      break;
    case 'fault':
      state.fault = `${fact.kind}: ${fact.message}`;
      break;
    case 'operator_reset':
      if (state.mode === 'FATAL') move(desk, 'RESET');
      break;
    case 'release_override':
      endOverride(desk, 'released');
      break;
  }
}

function takePoll({ state, config }: Desk, poll: SceneTelemetry): void {
  state.telemetry = countPoll(state.telemetry, poll, { at: state.at, failureKbps: config.failureKbps });
  if (state.telemetry.healthyPolls > 0) state.fed = true;
}

function takeCloud({ state }: Desk, cloud: SceneCloud): void {
  state.cloud = cloud;
  if (cloud.ingestActive === true) state.fed = true;
  const connecting = getWorkingMode(state) === 'IRL_CONNECTING';
  if (connecting && cloud.step !== undefined) state.steps = noteStep(state.steps, cloud.step);
}

function takeCommand(desk: Desk, fact: Extract<SceneFact, { type: 'command' }>): void {
  const { state, config } = desk;
  const { role, requestId, text } = fact;
  const command = parseCommand(text, config.scenes);
  if (!command) return;
  const subject = text.trim();
  if (!mayCommand(role)) {
    reject(desk, 'role', subject, requestId);
    return;
  }
  if (state.commandAt !== null && state.at - state.commandAt < config.commandCooldownMs) {
    reject(desk, 'command_cooldown', subject, requestId);
    notify(desk, 'command_refused', `${subject} came too soon after another command.`);
    return;
  }
  state.commandAt = state.at;
  state.command = { ...command, role, ...(requestId !== undefined && { requestId }) };
}

function toCloud({ status, ingestActive = null, step }: SceneCloud): SceneCloud {
  return { status, ingestActive, ...(step !== undefined && { step }) };
}
