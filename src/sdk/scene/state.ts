import type { PendingCommand } from './commands.ts';
import type { SceneCloud } from './inputs.ts';
import type { ModeState, SceneTrigger } from './machine.ts';
import { createStepDisplay, type StepDisplay } from './steps.ts';

/** What the polls add up to. */
export interface TelemetryEvidence {
  state: 'fresh' | 'stale' | 'absent';
  /** Of the last fresh poll, kb/s. */
  bitrateKbps: number | null;
  /** Polls without bitrate since the last healthy one. Unread ones neither add nor take away. */
  zeroHits: number;
  /** Polls with bitrate in a row. */
  healthyPolls: number;
  healthySince: number;
  /** Unreachable polls in a row. */
  absentHits: number;
  /** When the last fresh poll came, or the counting began. */
  freshAt: number;
}

/** A scene that the engine leaves alone. */
export interface SceneOverride {
  by: 'manual' | 'command';
  scene: string;
  since: number;
  privacy: boolean;
}

/** Everything that the engine knows. Plain data: it can be logged as JSON. Times are milliseconds of its clock. */
export interface SceneState extends ModeState {
  at: number;
  telemetry: TelemetryEvidence;
  cloud: SceneCloud;
  irl: { requested: boolean; accepted: boolean; denied: boolean; off: boolean; stopAcknowledged: boolean };
  /** `scene`: what OBS shows; null: not known yet. */
  obs: { available: boolean; probePassed: boolean; scene: string | null };
  /** When protocol errors came, within the storm's window. */
  errors: number[];
  /** The fault that needs an operator. */
  fault: string | null;
  /** Whether a start's look at the control plane was answered. */
  reconnected: boolean;
  /** Whether video ever arrived in this session. A relay that was never fed isn't lost, it is ready. */
  fed: boolean;
  connectingSince: number;
  /** Null: no grace. It runs on in DEGRADED. */
  graceEndsAt: number | null;
  /** IRL has ended, and the OFFLINE scene is still owed. */
  ended: boolean;
  /** The signal was away since the media source was restarted. */
  mediaStale: boolean;
  command: PendingCommand | null;
  commandAt: number | null;
  override: SceneOverride | null;
  /** The engine's last switch. `open`: OBS hasn't told of it yet; `overtaken`: it told of another one first. */
  lastSwitch: { scene: string; at: number; progress: 'open' | 'overtaken' | 'done' } | null;
  /** The change of mode that is being debounced. */
  waiting: { trigger: SceneTrigger; since: number } | null;
  steps: StepDisplay;
  requests: number;
  /** The scene of the latest decision; null: it was to hold. */
  wanted: string | null;
}

/** Before the first input. OBS counts as available until it is said not to be. */
export function createSceneState(): SceneState {
  return {
    mode: 'STUDIO',
    prior: 'STUDIO',
    at: 0,
    telemetry: createTelemetryEvidence(0),
    cloud: { status: 'none' },
    irl: createIrlWishes(),
    obs: { available: true, probePassed: false, scene: null },
    errors: [],
    fault: null,
    reconnected: false,
    fed: false,
    connectingSince: 0,
    graceEndsAt: null,
    ended: false,
    mediaStale: false,
    command: null,
    commandAt: null,
    override: null,
    lastSwitch: null,
    waiting: null,
    steps: createStepDisplay(),
    requests: 0,
    wanted: null,
  };
}

/** Nothing asked for. */
export function createIrlWishes(): SceneState['irl'] {
  return { requested: false, accepted: false, denied: false, off: false, stopAcknowledged: false };
}

/** Nothing polled yet. */
export function createTelemetryEvidence(at: number): TelemetryEvidence {
  return {
    state: 'absent',
    bitrateKbps: null,
    zeroHits: 0,
    healthyPolls: 0,
    healthySince: at,
    absentHits: 0,
    freshAt: at,
  };
}

/** The mode in which scenes are judged: in DEGRADED the one that will be returned to. */
export function getWorkingMode({ mode, prior }: ModeState): ModeState['mode'] {
  return mode === 'DEGRADED' ? prior : mode;
}

/** The scene that is shown, or will be as soon as OBS has done what it was told. */
export function getExpectedScene(
  { obs, lastSwitch, at }: Pick<SceneState, 'obs' | 'lastSwitch' | 'at'>,
  confirmMs: number,
): string | null {
  return lastSwitch?.progress === 'open' && at - lastSwitch.at < confirmMs ? lastSwitch.scene : obs.scene;
}
