import { decide, findCommandGuard, guardDecision } from './decide.ts';
import { type Desk, notify, reject, report } from './desk.ts';
import type { SceneDecision, SceneGuard } from './events.ts';
import { endOverride, expireOverride, startOverride } from './overrides.ts';
import { getExpectedScene, getWorkingMode, type SceneState } from './state.ts';

/** Decides once, and has the scene switched if nothing speaks against it. */
export function runTick(desk: Desk): SceneDecision {
  const { state, config, counters } = desk;
  expireOverride(desk);
  const { command } = state;
  const requestId = command?.requestId ?? `d${++state.requests}`;
  const decision = decide(state, state, config);
  if (decision.rule === 1) obey(desk, decision);
  else if (command) refuse(desk, requestId);
  state.command = null;
  settleLive(desk, decision);
  const verdict = guardDecision(decision, state, config);
  state.wanted = decision.scene;
  counters.add('scene_intent_total', { intent: decision.intent, rule: String(decision.rule) });
  report(desk, { type: 'decision', ...decision, requestId, emitted: verdict === 'emit' });
  carryOut(desk, decision, { verdict, requestId });
  return decision;
}

/** A command holds its scene until someone gives the scenes back; `!live` does that, where LIVE is what would be shown. */
function obey(desk: Desk, { intent, scene }: SceneDecision): void {
  const { state, config } = desk;
  state.ended = false;
  const next = decide(state, { ...state, command: null }, config);
  const agrees = intent === 'LIVE' && (next.intent === 'LIVE' || next.intent === 'HOLD');
  const holds = getWorkingMode(state).startsWith('IRL') && !agrees;
  if (scene !== null && (holds || config.privacyScenes.includes(scene))) startOverride(desk, 'command', scene);
  else endOverride(desk, 'command');
}

function refuse(desk: Desk, requestId: string): void {
  const { state } = desk;
  const { command } = state;
  const guard = command && findCommandGuard(state, command);
  if (!guard) return;
  reject(desk, guard, `command ${command.intent}`, requestId);
  notify(desk, 'command_refused', `The command was not carried out: ${guard}.`);
}

/** Whoever insisted on LIVE while the signal was lost wanted to wait for it there; once it is back, that is over. */
function settleLive(desk: Desk, { rule, scene }: SceneDecision): void {
  const { override } = desk.state;
  if (rule === 4 && override && !override.privacy && override.scene === scene) endOverride(desk, 'recovered');
}

function carryOut(
  desk: Desk,
  { rule, intent, scene }: SceneDecision,
  { verdict, requestId }: { verdict: 'emit' | SceneGuard | null; requestId: string },
): void {
  const { state, effects, config } = desk;
  if (verdict === 'emit' && scene !== null) {
    effects.push({ type: 'switch_scene', intent, scene, requestId });
    state.lastSwitch = { scene, at: state.at, progress: 'open' };
  } else if (verdict !== null) reject(desk, verdict as SceneGuard, intent, requestId);
  if (getExpectedScene(state, config.confirmMs) === config.scenes.OFFLINE) state.ended = false;
  if (isSignalAway(state, rule)) state.mediaStale = true;
  if (rule === 4 && isRefreshDue(state, verdict)) {
    effects.push({ type: 'refresh_media', requestId });
    state.mediaStale = false;
  }
}

function isSignalAway({ mode }: SceneState, rule: number): boolean {
  return rule === 2 || (rule === 3 && mode !== 'STUDIO');
}

/** A source behind a held scene is restarted as well: it may be shown within that scene. */
function isRefreshDue({ mediaStale, mode }: SceneState, verdict: string | null): boolean {
  // In DEGRADED it would be lost; it is done once OBS is back.
  if (mode !== 'IRL_ACTIVE') return false;
  return verdict === 'emit' || (mediaStale && (verdict === null || verdict === 'manual_override'));
}
