import type { ObsClient } from '../obs-client.ts';
import type { Timers } from '../timers.ts';
import type { SceneEffect } from './effects.ts';
import type { SceneInput } from './inputs.ts';

/** Names in OBS of the scenes for the engine's intents. */
export interface ObsScenes {
  LIVE: string;
  BRB: string;
  OFFLINE: string;
}

/** What an adapter is made of. */
export interface ObsAdapterOptions {
  /** Its owner connects it, and connects it again when the connection is lost. It has to hear of scenes (the default). */
  obs: ObsClient;
  scenes: ObsScenes;
  /** Name in OBS of the media source that plays the relay; absent: none is restarted. */
  mediaInput?: string;
  /** Takes what the engine is to be fed with. */
  onInput: (input: SceneInput) => void;
  /** Is told what `onInput` threw, which ends nothing; default: it goes to the console. */
  onListenerError?: (error: unknown) => void;
  timers?: Timers;
  /** How long OBS may take for an answer before it counts as unavailable, in milliseconds; default 5,000. */
  requestTimeoutMs?: number;
  /** How long to wait before OBS is looked at again after something failed or changed, in milliseconds; default 1,000. */
  retryMs?: number;
}

/** Carries the engine's effects out in OBS, and tells the engine of OBS. */
export interface ObsAdapter {
  /** Looks at OBS; to be called once, connected or not. Resolves when the first look is over. Never rejects. */
  start(): Promise<void>;
  /**
   * Carries effects out in their order, behind those before; a switch that a later one overtook is left out, and so is
   * everything while OBS can't be controlled or a scene is missing. Resolves when they are done with. Never rejects.
   */
  apply(effects: readonly SceneEffect[]): Promise<void>;
  /** Looks whether OBS answers and has all scenes, and feeds the result. Done by itself after failures and gaps. */
  probe(): Promise<boolean>;
  /** Lets go of OBS; nothing is fed any more. The connection stays. */
  stop(): void;
}
