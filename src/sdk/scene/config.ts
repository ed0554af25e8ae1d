/** How the engine behaves. Times are whole milliseconds. */
export interface SceneConfig {
  /** How often ticks and polls come; 100 to 5,000, default 500. */
  pollMs: number;
  /** So many polls without bitrate are a failure; 1 to 20, default 1. */
  failureHits: number;
  /** A bitrate up to this counts as none, in kb/s; 0 to 10,000, default 0. */
  failureKbps: number;
  /** So many healthy polls in a row are a recovery; 1 to 60, default 3. */
  recoveryPolls: number;
  /** How long a lost signal is waited for; 10,000 to 3,600,000, default 600,000. */
  graceMs: number;
  /** How long a relay may take to come up; 10,000 to 900,000, default 180,000. */
  connectingTimeoutMs: number;
  /** How long the reason of a change of mode must hold, unless it is critical or a timer; 0 to 5,000, default 250. */
  debounceMs: number;
  /** How long a shown provisioning step stays; 0 to 30,000, default 3,000. */
  stepMinMs: number;
  /** Without a fresh poll for so long, telemetry counts as absent; 1,000 to 120,000, default 10,000. */
  staleLimitMs: number;
  /** Between two switches by the engine itself; 0 to 60,000, default 1,500. */
  switchCooldownMs: number;
  /** Between two commands; 0 to 300,000, default 3,000. */
  commandCooldownMs: number;
  /** How long a manual switch holds; 0, the default: until it is given back. Up to 86,400,000. Never ends privacy. */
  manualOverrideMs: number;
  /** How long OBS may take to tell of a switch, before it is asked again; 1,000 to 60,000, default 5,000. */
  confirmMs: number;
  /** So many protocol errors are a storm; 2 to 100, default 5. */
  errorStormCount: number;
  /** The span in which they are counted; 1,000 to 120,000, default 10,000. */
  errorStormWindowMs: number;
  /** Names in OBS; all different. */
  scenes: { LIVE: string; BRB: string; OFFLINE: string };
  /** Scenes that only their user or an admin leaves, however they came up. Default: none. */
  privacyScenes: string[];
}

type NumberKey = Exclude<keyof SceneConfig, 'scenes' | 'privacyScenes'>;

/** Default, least and most of each number. */
const BOUNDS: Record<NumberKey, readonly [normal: number, least: number, most: number]> = {
  pollMs: [500, 100, 5_000],
  failureHits: [1, 1, 20],
  failureKbps: [0, 0, 10_000],
  recoveryPolls: [3, 1, 60],
  graceMs: [600_000, 10_000, 3_600_000],
  connectingTimeoutMs: [180_000, 10_000, 900_000],
  debounceMs: [250, 0, 5_000],
  stepMinMs: [3_000, 0, 30_000],
  staleLimitMs: [10_000, 1_000, 120_000],
  switchCooldownMs: [1_500, 0, 60_000],
  commandCooldownMs: [3_000, 0, 300_000],
  manualOverrideMs: [0, 0, 86_400_000],
  confirmMs: [5_000, 1_000, 60_000],
  errorStormCount: [5, 2, 100],
  errorStormWindowMs: [10_000, 1_000, 120_000],
};

/** A configuration with faults; `faults` has a line for each. */
export class SceneConfigError extends Error {
  override name = 'SceneConfigError';
  readonly faults: string[];

  constructor(faults: string[]) {
    super(`The scene configuration has faults:\n${faults.join('\n')}`);
    this.faults = faults;
  }
}

/** A whole configuration out of what differs from the defaults. @throws SceneConfigError with all faults. */
export function resolveSceneConfig(given: Partial<SceneConfig> = {}): SceneConfig {
  const numbers = Object.fromEntries(Object.entries(BOUNDS).map(([key, [normal]]) => [key, normal]));
  const scenes = { LIVE: 'Live', BRB: 'BRB', OFFLINE: 'Offline' };
  const faults = findConfigFaults(given);
  if (faults.length > 0) throw new SceneConfigError(faults);
  return { ...(numbers as Record<NumberKey, number>), scenes, privacyScenes: [], ...given };
}

/** One line for each fault of a configuration; none: it can be used. Unknown settings are faults, as they are typos. */
export function findConfigFaults(given: Partial<SceneConfig>): string[] {
  return Object.entries(given).flatMap(([key, value]) => {
    if (key === 'scenes') return findSceneFaults(value);
    if (key === 'privacyScenes') return areNames(value) ? [] : ['privacyScenes: must be a list of names'];
    const bounds = Object.hasOwn(BOUNDS, key) ? BOUNDS[key as NumberKey] : undefined;
    if (!bounds) return [`${key}: there is no such setting`];
    const [, least, most] = bounds;
    const fits = Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
    return fits ? [] : [`${key}: must be a whole number from ${least} to ${most}`];
  });
}

function findSceneFaults(scenes: unknown): string[] {
  const { LIVE, BRB, OFFLINE } = (scenes ?? {}) as Record<string, unknown>;
  const names = [LIVE, BRB, OFFLINE];
  if (!areNames(names)) return ['scenes: LIVE, BRB and OFFLINE must each have a name'];
  return new Set(names).size === 3 ? [] : ['scenes: LIVE, BRB and OFFLINE must be different scenes'];
}

function areNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name.trim() !== '');
}
