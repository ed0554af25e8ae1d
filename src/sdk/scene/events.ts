import type { SceneIntent } from './effects.ts';
import type { SceneMode, SceneTrigger } from './machine.ts';

/** Which of the rules decided: 1 command, 2 local failure, 3 control plane, 4 recovery, 5 hold. */
export type SceneRule = 1 | 2 | 3 | 4 | 5;

/** Exactly one of these comes of a tick. */
export interface SceneDecision {
  rule: SceneRule;
  intent: SceneIntent;
  /** Scene in OBS; null with a HOLD that keeps what is shown. */
  scene: string | null;
  /** Stable words for logs. */
  reason: string;
}

/** What stopped something. */
export type SceneGuard =
  | 'manual_override'
  | 'obs_unstable'
  | 'cooldown'
  | 'fatal'
  | 'privacy'
  | 'role'
  | 'command_cooldown'
  | 'mode'
  | 'backend_unreachable';

/** What a start found. */
export type ReconnectOutcome =
  | 'restored_active'
  | 'restored_grace'
  | 'restored_connecting'
  | 'nothing_to_restore'
  | 'window_over'
  | 'backend_unreachable';

/** Something that happened, without the time. */
export type SceneHappening =
  | { type: 'transition'; from: SceneMode; to: SceneMode; trigger: SceneTrigger }
  /** `emitted`: whether a switch came of it. A HOLD, or an intent that is shown already, emits nothing. */
  | ({ type: 'decision'; requestId: string; emitted: boolean } & SceneDecision)
  /** `subject`: what was stopped: a decision's intent, a command, a request. */
  | { type: 'guard_rejected'; guard: SceneGuard; subject: string; requestId?: string }
  | { type: 'reconnect'; outcome: ReconnectOutcome }
  /** `endsAt`: on the engine's clock, as `at`. */
  | { type: 'grace_started'; endsAt: number }
  | { type: 'grace_stopped'; recovered: boolean }
  | { type: 'grace_expired' }
  | { type: 'irl_requested'; via: 'ui' | 'chat' }
  | { type: 'irl_denied'; reason: string }
  | { type: 'irl_stop_requested'; via: 'ui' | 'chat' }
  | { type: 'override_started'; by: 'manual' | 'command'; scene: string }
  | { type: 'override_ended'; cause: string }
  /** Null: no step any more. */
  | { type: 'step_shown'; step: string | null };

/**
 * Something that happened. `at`: milliseconds of the inputs' clock; where that jumped back, the engine's goes on from the
 * latest time it knew.
 */
export type SceneEvent = SceneHappening & { at: number };
