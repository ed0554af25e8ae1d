import type { TelemyClient } from '../client-types.ts';
import type { ObsClient } from '../obs-client.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { startSceneClock } from './clock.ts';
import type { SceneConfig } from './config.ts';
import { createSceneEngine, type SceneEngine, type SceneOutcome } from './engine.ts';
import type { SceneFact, SceneTelemetry } from './inputs.ts';
import { isolate } from './isolate.ts';
import { createObsAdapter, type ObsScenes } from './obs-adapter.ts';
import { watchSession } from './session-watch.ts';

/** Polls of the relay's statistics, as they come. */
export interface SceneTelemetrySource {
  /** Calls the listener with each poll's result, until the returned function is called. */
  subscribe(listener: (poll: SceneTelemetry) => void): () => void;
}

/** What a switcher is made of. */
export interface SceneSwitcherOptions {
  obs: ObsClient;
  scenes: ObsScenes;
  /** Name in OBS of the media source that plays the relay. */
  mediaInput?: string;
  /** Of the engine, except for the scenes. */
  config?: Partial<Omit<SceneConfig, 'scenes'>>;
  telemetry?: SceneTelemetrySource;
  /** Somebody must be signed in: a refused sign-in is a fault that only `operator_reset` ends. Absent: `tell` tells. */
  client?: Pick<TelemyClient, 'getActiveRelay'>;
  /** Whose session is followed; default: the account's newest live one, whichever connection it is of. */
  connectionId?: string;
  /** Gets what came of each input. Starting and stopping relays, notices and logs are up to it. */
  onOutcome?: (outcome: SceneOutcome) => void;
  /** Is told what `onOutcome` threw, which ends nothing; default: it goes to the console. */
  onListenerError?: (error: unknown) => void;
  timers?: Timers;
  /** Between two looks while there is no session or no answer, in milliseconds; default 2,000. Else the server waits. */
  sessionPollMs?: number;
}

/** A scene engine at work in OBS. */
export interface SceneSwitcher {
  readonly engine: SceneEngine;
  /** Feeds a fact that the switcher can't know, such as a chat command or `irl_activate`. */
  tell(fact: SceneFact): SceneOutcome;
  /** Ends everything but the connections. */
  stop(): void;
}

/** A start waits no longer than this for the first telemetry. */
const FIRST_POLL_MS = 3_000;

/**
 * Wires engine, OBS, telemetry and control plane together and starts them; the engine ticks each 500 ms, if its
 * configuration doesn't say otherwise.
 *
 * @throws SceneConfigError if the configuration has faults
 */
export function createSceneSwitcher(options: SceneSwitcherOptions): SceneSwitcher {
  const { obs, scenes, mediaInput, config, telemetry, client, timers = systemTimers } = options;
  const onOutcome = isolate(options.onOutcome ?? (() => {}), options.onListenerError);
  const engine = createSceneEngine({ config: { ...config, scenes } });
  const adapter = createObsAdapter({
    obs,
    scenes,
    timers,
    onInput: (input) => void clock.tell(input),
    ...(mediaInput !== undefined && { mediaInput }),
  });
  const clock = startSceneClock({
    engine,
    timers,
    onOutcome(outcome) {
      void adapter.apply(outcome.effects);
      onOutcome(outcome);
    },
  });

  const ends = [adapter.stop, clock.stop];
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  if (telemetry) {
    ends.push(timers.after(FIRST_POLL_MS, isReady));
    ends.push(
      telemetry.subscribe((poll) => {
        clock.tell({ type: 'telemetry', ...poll });
        isReady();
      }),
    );
  } else isReady();
  if (client) {
    const pollMs = options.sessionPollMs ?? 2_000;
    const { connectionId } = options;
    const query = connectionId === undefined ? {} : { connectionId };
    ends.push(watchSession({ client, query, tell: (fact) => void clock.tell(fact), timers, pollMs, ready }));
  }
  void adapter.start();

  return {
    engine,
    tell: clock.tell,
    stop() {
      for (const end of ends) end();
    },
  };
}
