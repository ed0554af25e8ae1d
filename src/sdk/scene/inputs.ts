/** What a telemetry poll saw. Absent is never zero: an unreachable stats page says nothing about the signal. */
export type SceneTelemetry =
  /** `bitrateKbps`: what arrives at the relay, in kb/s; 0: nothing does. */
  | { state: 'fresh'; bitrateKbps: number }
  /** The last good snapshot, repeated because the newest couldn't be read. */
  | { state: 'stale' }
  | { state: 'absent' };

/** What the control plane says of the relay session. */
export interface SceneCloud {
  /** `none`: there is no session. `unreachable`: no answer; that is nobody's end. */
  status: 'provisioning' | 'active' | 'grace' | 'stopped' | 'none' | 'unreachable';
  /** Whether video reaches the relay; null or absent: nobody knows. */
  ingestActive?: boolean | null;
  /** The provisioning step, while there is one. */
  step?: string;
}

/** Everything the engine hears of, without the time. */
export type SceneFact =
  /** The clock: feed one each 500 ms. Only these decide, and each decides exactly once. */
  | { type: 'tick' }
  /** The result of one telemetry poll. Hits and healthy polls are counted by these. */
  | ({ type: 'telemetry' } & SceneTelemetry)
  /** What a look at the session says, at each look. */
  | ({ type: 'cloud' } & SceneCloud)
  /**
   * What `GET /relay/active` said when the program started, after one telemetry poll of that relay; again once the
   * control plane answers, if it was unreachable. `graceSince`: when the session went into grace, by the clock of `at`.
   */
  | ({ type: 'startup'; graceSince?: number } & SceneCloud)
  /**
   * Somebody wants IRL on; `role`: `user` (the account's owner) or `admin`, others are refused. Start the relay only if
   * the outcome holds an `irl_requested` event.
   */
  | { type: 'irl_activate'; via: 'ui' | 'chat'; role: string }
  /** What became of that start. */
  | { type: 'irl_start_result'; accepted: boolean; reason?: string }
  /** Somebody wants IRL off (while connecting: cancels). Roles as above. Stop the relay on `irl_stop_requested`. */
  | { type: 'irl_deactivate'; via: 'ui' | 'chat'; role: string }
  /** The server took the stop. */
  | { type: 'irl_stop_acknowledged' }
  /** A chat line or a button's; anything that isn't a command is ignored. `role`: `admin`, `mod`; others are refused. */
  | { type: 'command'; text: string; role: string; requestId?: string }
  /**
   * OBS shows this scene. `initial`: read after connecting; `changed`: OBS said so, whoever switched. Feed the engine's
   * own switches too: it knows them, and takes any other for the user's.
   */
  | { type: 'obs_scene'; scene: string; reason: 'initial' | 'changed' }
  /** Whether OBS can be controlled. */
  | { type: 'obs_availability'; available: boolean }
  /** After OBS is back: whether a probe (scenes exist, requests are answered) passed. Ends DEGRADED. */
  | { type: 'validation_probe'; passed: boolean }
  /** OBS answered outside its protocol, or refused a request. A storm of these is DEGRADED. */
  | { type: 'protocol_error'; detail?: string }
  /** A fault that needs a person. */
  | { type: 'fault'; kind: 'configuration' | 'auth' | 'runtime'; message: string }
  /** An operator's reset after a fault. */
  | { type: 'operator_reset' }
  /** The user gives the scenes back to the engine after a manual switch. */
  | { type: 'release_override' };

/** A fact and when it was learnt: milliseconds since 1970, or any clock that a whole log shares. */
export type SceneInput = SceneFact & { at: number };

/** The parts of a relay session, in the contract's words, that the engine looks at. */
export interface SessionForScene {
  status: 'provisioning' | 'active' | 'grace' | 'stopped';
  provision_step?: string | null;
}

/** The control plane's session as the engine takes it. Null: there is none. */
export function toSceneCloud(session: SessionForScene | null): SceneCloud {
  if (!session) return { status: 'none' };
  const { status, provision_step: step } = session;
  return status === 'provisioning' && step ? { status, step } : { status };
}
