/** Decides which scene OBS shows: a deterministic machine that is fed with facts and answers with effects. */
export type { ObsClient } from '../obs-client.ts';
export { type SceneClock, type SceneClockOptions, startSceneClock } from './clock.ts';
export { parseCommand, type SceneCommand } from './commands.ts';
export { findConfigFaults, resolveSceneConfig, type SceneConfig, SceneConfigError } from './config.ts';
export type { SceneCounter } from './counters.ts';
export { type DecisionInputs, type DecisionState, decide } from './decide.ts';
export type { NoticeCode, SceneEffect, SceneIntent } from './effects.ts';
export { createSceneEngine, type SceneEngine, type SceneOutcome } from './engine.ts';
export type {
  ReconnectOutcome,
  SceneDecision,
  SceneEvent,
  SceneGuard,
  SceneHappening,
  SceneRule,
} from './events.ts';
export {
  type SceneCloud,
  type SceneFact,
  type SceneInput,
  type SceneTelemetry,
  type SessionForScene,
  toSceneCloud,
} from './inputs.ts';
export {
  type ModeState,
  nextMode,
  type SceneMode,
  type SceneTrigger,
  type StableMode,
  sceneMachine,
} from './machine.ts';
export { createObsAdapter, type ObsAdapter, type ObsAdapterOptions, type ObsScenes } from './obs-adapter.ts';
export { recordScene, replay, SceneLogError, type SceneReplay } from './record.ts';
export { sceneTelemetryOf, toSceneTelemetry } from './relay-telemetry.ts';
export {
  createSceneSwitcher,
  type SceneSwitcher,
  type SceneSwitcherOptions,
  type SceneTelemetrySource,
} from './scene-switcher.ts';
export type { SceneOverride, SceneState, TelemetryEvidence } from './state.ts';
