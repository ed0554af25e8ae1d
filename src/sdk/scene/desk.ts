import type { SceneConfig } from './config.ts';
import type { SceneCounters } from './counters.ts';
import type { NoticeCode, SceneEffect } from './effects.ts';
import type { SceneEvent, SceneGuard, SceneHappening } from './events.ts';
import type { SceneState } from './state.ts';

/** What the engine's parts work on: what is known, and what comes of the present input. */
export interface Desk {
  config: SceneConfig;
  state: SceneState;
  counters: SceneCounters;
  effects: SceneEffect[];
  events: SceneEvent[];
}

/** Reports something. */
export function report({ state, events }: Desk, happening: SceneHappening): void {
  events.push({ ...happening, at: state.at });
}

/** Reports that something was stopped. */
export function reject(desk: Desk, guard: SceneGuard, subject: string, requestId?: string): void {
  report(desk, { type: 'guard_rejected', guard, subject, ...(requestId !== undefined && { requestId }) });
}

/** Tells the user something. */
export function notify({ effects }: Desk, code: NoticeCode, message: string): void {
  effects.push({ type: 'notice', code, message });
}
