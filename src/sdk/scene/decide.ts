import type { PendingCommand } from './commands.ts';
import type { SceneConfig } from './config.ts';
import type { SceneIntent } from './effects.ts';
import type { SceneDecision, SceneGuard, SceneRule } from './events.ts';
import { isCloudAgainst, isSessionOver, isSignalDead, isSignalStable } from './evidence.ts';
import { getExpectedScene, getWorkingMode, type SceneState } from './state.ts';

/** What a decision looks at, besides the inputs. */
export type DecisionState = Pick<SceneState, 'mode' | 'prior' | 'ended' | 'fed' | 'override'>;

/** What was learnt up to this tick. */
export type DecisionInputs = Pick<SceneState, 'at' | 'telemetry' | 'cloud' | 'command'>;

/**
 * Decides what should be seen: exactly one intent, by the first of five rules that has something to say. Pure.
 *
 * Only a fresh poll or the control plane's own word is evidence against the signal; an unreachable stats page is not.
 */
export function decide(state: DecisionState, inputs: DecisionInputs, config: SceneConfig): SceneDecision {
  const evidence = { ...inputs, fed: state.fed };
  const mode = getWorkingMode(state);
  const { command } = inputs;
  if (command && findCommandGuard(state, command) === null) {
    return toDecision(1, command.intent, `command by ${command.role}`, config, command.scene);
  }
  const live = mode === 'IRL_ACTIVE' || mode === 'IRL_GRACE';
  if (live && isSignalDead(evidence, config)) return toDecision(2, 'BRB', 'no bitrate at the relay', config);
  if (live && isSessionOver(evidence)) return toDecision(3, 'OFFLINE', 'the session is stopped', config);
  if (live && isCloudAgainst(evidence)) return toDecision(3, 'BRB', 'the control plane sees no ingest', config);
  if (mode === 'IRL_CONNECTING' && evidence.cloud.status === 'grace') {
    return toDecision(3, 'BRB', 'the session is in grace', config);
  }
  if (mode === 'STUDIO' && state.ended) return toDecision(3, 'OFFLINE', 'IRL has ended', config);
  if (mode === 'IRL_ACTIVE' && isSignalStable(evidence, config)) {
    return toDecision(4, 'LIVE', 'healthy for the stability window', config);
  }
  return toDecision(5, 'HOLD', live ? 'nothing certain to act on' : `nothing to do in ${mode}`, config);
}

/** The safety guard that blocks a command; null: none does. */
export function findCommandGuard({ mode, override }: DecisionState, { role }: PendingCommand): SceneGuard | null {
  if (mode === 'FATAL') return 'fatal';
  if (mode === 'DEGRADED') return 'obs_unstable';
  return override?.privacy && role !== 'admin' ? 'privacy' : null;
}

/**
 * Whether a decision switches scenes: null when there is nothing to switch (a HOLD, or shown already); otherwise `emit`, or
 * the guard that blocks it. Pure.
 */
export function guardDecision(
  { rule, scene }: SceneDecision,
  state: Pick<SceneState, 'at' | 'mode' | 'override' | 'obs' | 'lastSwitch'>,
  config: SceneConfig,
): 'emit' | SceneGuard | null {
  if (scene === null || scene === getExpectedScene(state, config.confirmMs)) return null;
  if (state.mode === 'FATAL') return 'fatal';
  if (state.mode === 'DEGRADED') return 'obs_unstable';
  if (rule === 1) return 'emit';
  if (state.override) return 'manual_override';
  const { lastSwitch, at } = state;
  return lastSwitch && at - lastSwitch.at < config.switchCooldownMs ? 'cooldown' : 'emit';
}

function toDecision(
  rule: SceneRule,
  intent: SceneIntent,
  reason: string,
  { scenes }: SceneConfig,
  scene?: string,
): SceneDecision {
  return { rule, intent, scene: scene ?? (intent === 'HOLD' ? null : scenes[intent]), reason };
}
