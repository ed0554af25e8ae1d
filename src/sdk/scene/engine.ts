import { resolveSceneConfig, type SceneConfig } from './config.ts';
import { createSceneCounters, type SceneCounter } from './counters.ts';
import type { Desk } from './desk.ts';
import { report } from './desk.ts';
import type { SceneEffect } from './effects.ts';
import { move } from './entering.ts';
import type { SceneDecision, SceneEvent } from './events.ts';
import { takeFact } from './facts.ts';
import type { SceneInput } from './inputs.ts';
import { findCriticalTrigger, findTrigger, isTimer } from './moves.ts';
import { createSceneState, type SceneState } from './state.ts';
import { showStep } from './steps.ts';
import { runTick } from './tick.ts';

/** What came of one input. */
export interface SceneOutcome {
  /** Null: it was no tick. */
  decision: SceneDecision | null;
  /** To be carried out in order. */
  effects: SceneEffect[];
  events: SceneEvent[];
}

/** Inputs out of order by no more than this say nothing of the clock. */
const DISORDER_MS = 1000;

/** Decides which scene is shown. It knows nothing but its inputs: the same ones give the same outcomes. */
export interface SceneEngine {
  readonly config: SceneConfig;
  /** Never throws, whatever the order. Where times go back, none passes. */
  feed(input: SceneInput): SceneOutcome;
  /** A copy of what it knows, as plain data. */
  snapshot(): SceneState;
  counters(): SceneCounter[];
}

/** A new engine, in STUDIO. @throws SceneConfigError if the configuration has faults. */
export function createSceneEngine({ config: given }: { config?: Partial<SceneConfig> } = {}): SceneEngine {
  const config = resolveSceneConfig(given);
  const state = createSceneState();
  const counters = createSceneCounters();
  let shift = 0;

  return {
    config,
    feed({ at, ...fact }) {
      const desk: Desk = { config, state, counters, effects: [], events: [] };
      const heard = Number.isFinite(at) ? at + shift : state.at;
      // A wall clock that is set back must not stop every timer until it has caught up. A little is only disorder.
      if (state.at - heard > DISORDER_MS) shift += state.at - heard;
      const now = Math.max(state.at, heard);
      if (state.mode === 'DEGRADED') counters.add('degraded_duration_seconds', {}, (now - state.at) / 1000);
      state.at = now;
      state.errors = state.errors.filter((error) => now - error < config.errorStormWindowMs);
      takeFact(desk, fact);
      runMoves(desk);
      showSteps(desk);
      const decision = fact.type === 'tick' ? runTick(desk) : null;
      return { decision, effects: desk.effects, events: desk.events };
    },
    snapshot: () => structuredClone(state),
    counters: () => counters.list(),
  };
}

function runMoves(desk: Desk): void {
  const { state, config } = desk;
  const critical = findCriticalTrigger(state, config);
  if (critical) move(desk, critical);
  const trigger = findTrigger(state, config);
  if (!trigger) {
    state.waiting = null;
    return;
  }
  if (state.waiting?.trigger !== trigger) state.waiting = { trigger, since: state.at };
  if (!isTimer(trigger) && state.at - state.waiting.since < config.debounceMs) return;
  state.waiting = null;
  move(desk, trigger);
}

function showSteps(desk: Desk): void {
  const { state, config } = desk;
  const { shown } = state.steps;
  state.steps = showStep(state.steps, state.at, config.stepMinMs);
  if (state.steps.shown !== shown) report(desk, { type: 'step_shown', step: state.steps.shown });
}
