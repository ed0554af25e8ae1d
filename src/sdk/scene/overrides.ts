import { type Desk, report } from './desk.ts';
import { getWorkingMode, type SceneOverride } from './state.ts';

/** Leaves a scene alone from now on. */
export function startOverride(desk: Desk, by: SceneOverride['by'], scene: string): void {
  const { state, config } = desk;
  state.override = { by, scene, since: state.at, privacy: config.privacyScenes.includes(scene) };
  report(desk, { type: 'override_started', by, scene });
}

/** Takes the scenes back. */
export function endOverride(desk: Desk, cause: string): void {
  if (!desk.state.override) return;
  desk.state.override = null;
  report(desk, { type: 'override_ended', cause });
}

/** Ends a manual switch's hold when its time is over. A privacy scene's never is. */
export function expireOverride(desk: Desk): void {
  const { state, config } = desk;
  const { override } = state;
  if (!override || override.privacy || override.by !== 'manual' || config.manualOverrideMs === 0) return;
  if (state.at - override.since >= config.manualOverrideMs) endOverride(desk, 'expired');
}

/** Notes the scene that OBS shows, and finds out who switched. */
export function takeScene(desk: Desk, scene: string, reason: 'initial' | 'changed'): void {
  const { state, config } = desk;
  const before = state.obs.scene;
  state.obs.scene = scene;
  const own = isOwnSwitch(desk, scene);
  if (scene === before) return;
  if (config.privacyScenes.includes(scene)) {
    if (state.override?.scene !== scene) startOverride(desk, own ? 'command' : 'manual', scene);
    return;
  }
  if (own) return;
  // The first scene of all was there before anyone could switch; a later "initial" one was chosen while OBS was away.
  if (reason === 'initial' && before === null) return;
  state.ended = false;
  // At home nothing is switched by itself, so that there is nothing to override.
  if (!getWorkingMode(state).startsWith('IRL')) {
    endOverride(desk, 'scene_left');
    return;
  }
  // Who chooses what the engine would show anyway gives the scenes back to it.
  if (scene === state.wanted) {
    endOverride(desk, 'agreed');
    return;
  }
  startOverride(desk, 'manual', scene);
}

/** OBS tells of a switch once it is done: later than a user's that came between, where there was one. */
function isOwnSwitch({ state, config }: Desk, scene: string): boolean {
  const { lastSwitch } = state;
  if (!lastSwitch || lastSwitch.progress === 'done' || state.at - lastSwitch.at >= config.confirmMs) return false;
  const own = lastSwitch.scene === scene;
  lastSwitch.progress = own ? 'done' : 'overtaken';
  return own;
}
