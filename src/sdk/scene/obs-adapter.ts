import { systemTimers } from '../timers.ts';
import type { SceneEffect } from './effects.ts';
import type { SceneFact } from './inputs.ts';
import { isolate } from './isolate.ts';
import { createMissingScenes } from './missing-scenes.ts';
import type { ObsAdapter, ObsAdapterOptions } from './obs-adapter-types.ts';
import { listenToObs, type ObsListeners } from './obs-events.ts';
import { createObsRequests, messageOf, ObsUnreachableError, readCurrentScene, readSceneNames } from './obs-requests.ts';
import { createShownScene } from './shown-scene.ts';

export type { ObsAdapter, ObsAdapterOptions, ObsScenes } from './obs-adapter-types.ts';

/**
 * Drives OBS by obs-websocket 5. The engine is fed with `obs_availability` and `obs_scene` (its own switches as soon as
 * OBS shows them, each once; others as they come), `validation_probe`, `protocol_error` for refusals, and a `fault`
 * that lists the scenes that don't exist, before anything is driven.
 */
export function createObsAdapter(options: ObsAdapterOptions): ObsAdapter {
  const { obs, scenes, mediaInput, timers = systemTimers, requestTimeoutMs = 5_000, retryMs = 1_000 } = options;
  const onInput = isolate(options.onInput, options.onListenerError);
  const requests = createObsRequests(obs, timers, requestTimeoutMs);
  const shown = createShownScene();
  const missing = createMissingScenes(scenes, (message) => feed({ type: 'fault', kind: 'configuration', message }));
  let available: boolean | undefined;
  let isReady = false;
  /** OBS ended; what it shows after its next start isn't somebody's switch. */
  let hasExited = false;
  let isStopped = false;
  /** Goes up with each gap; what was queued before is void. */
  let epoch = 0;
  let latestSwitch = 0;
  let queue: Promise<unknown> = Promise.resolve();
  let cancelLook = () => {};
  let stopListening = () => {};

  function feed(fact: SceneFact): void {
    if (!isStopped) onInput({ ...fact, at: timers.now() });
  }

  /** One thing at a time: OBS executes requests side by side, so that a later one may overtake. */
  function enqueue(task: () => Promise<boolean>): Promise<boolean> {
    const since = epoch;
    const isVoid = () => isStopped || since !== epoch;
    const run = async () => {
      try {
        return !isVoid() && (await task());
      } catch (error) {
        if (!isVoid()) report(error);
        return false;
      }
    };
    const result = queue.then(run);
    queue = result.catch(() => false);
    return result;
  }

  function report(error: unknown): void {
    if (error instanceof ObsUnreachableError) {
      lose();
    } else {
      feed({ type: 'protocol_error', detail: messageOf(error) });
      lookLater();
    }
  }

  function lose(): void {
    epoch += 1;
    isReady = false;
    requests.abandon();
    if (available !== false) feed({ type: 'obs_availability', available: false });
    available = false;
    lookLater();
  }

  /** Counted from the last failure, so that the engine has drawn its conclusions from that one. */
  function lookLater(): void {
    cancelLook();
    if (!isStopped) cancelLook = timers.after(retryMs, () => void probe());
  }

  async function readScene(): Promise<string> {
    const scene = readCurrentScene(await requests.call('GetCurrentProgramScene'));
    if (scene === undefined) throw new Error('GetCurrentProgramScene: the answer names no scene');
    return scene;
  }

  async function look(): Promise<boolean> {
    const names = readSceneNames(await requests.call('GetSceneList'));
    if (!names) throw new Error('GetSceneList: the answer lists no scenes');
    const scene = await readScene();
    const isBack = available !== true;
    available = true;
    if (isBack) feed({ type: 'obs_availability', available: true });
    const reason = !hasExited && shown.isForeign(scene) ? 'changed' : 'initial';
    hasExited = false;
    if (shown.see(scene) || isBack) feed({ type: 'obs_scene', scene, reason });
    isReady = missing.compare(names);
    return isReady;
  }

  async function probe(): Promise<boolean> {
    cancelLook();
    const since = epoch;
    const passed = await enqueue(look);
    if (passed || since === epoch) feed({ type: 'validation_probe', passed });
    return passed;
  }

  async function follow(): Promise<boolean> {
    // Behind a gap the next look says what became of the scene, and whether that was the user.
    if (!available) return false;
    const scene = await readScene();
    if (shown.see(scene)) feed({ type: 'obs_scene', scene, reason: 'changed' });
    return true;
  }

  async function show(scene: string, isLatest: () => boolean): Promise<boolean> {
    if (!isLatest()) return false;
    shown.ask(scene);
    await requests.call('SetCurrentProgramScene', { sceneName: scene });
    const current = await readScene();
    shown.see(current);
    // Fed even if it isn't news: OBS is silent if it showed that scene already. Not if the engine wants another by now.
    if (isLatest() || current !== scene) feed({ type: 'obs_scene', scene: current, reason: 'changed' });
    return true;
  }

  async function restartMedia(): Promise<boolean> {
    if (mediaInput === undefined) return false;
    const mediaAction = 'OBS_WEBSOCKET_MEDIA_INPUT_ACTION_RESTART';
    await requests.call('TriggerMediaInputAction', { inputName: mediaInput, mediaAction });
    return true;
  }

  function carryOut(effect: SceneEffect): Promise<boolean> | undefined {
    if (effect.type === 'refresh_media') return drive(restartMedia);
    if (effect.type !== 'switch_scene') return undefined;
    const scene = effect.scene ?? (effect.intent === 'HOLD' ? undefined : scenes[effect.intent]);
    if (scene === undefined) return undefined;
    latestSwitch += 1;
    const number = latestSwitch;
    return drive(() => show(scene, () => number === latestSwitch));
  }

  function drive(task: () => Promise<boolean>): Promise<boolean> {
    return enqueue(async () => {
      if (isReady) return await task();
      missing.insist();
      return false;
    });
  }

  const listeners: ObsListeners = {
    connected: () => void probe(),
    lost: lose,
    exits() {
      hasExited = true;
      lose();
      // It may still answer while it ends.
      cancelLook();
    },
    sceneShown(scene) {
      const found = available ? shown.hear(scene) : 'unsure';
      if (found === 'news') feed({ type: 'obs_scene', scene, reason: 'changed' });
      if (found !== 'known') void enqueue(follow);
    },
    sceneRenamed(from, to) {
      shown.rename(from, to);
      lookLater();
    },
    // Not at once: while OBS loads other scenes its list is short for a moment.
    scenesChanged: lookLater,
  };

  return {
    async start() {
      stopListening = listenToObs(obs, listeners);
      await probe();
    },
    apply: async (effects) => void (await Promise.all(effects.map(carryOut))),
    probe,
    stop() {
      isStopped = true;
      cancelLook();
      stopListening();
      requests.abandon();
    },
  };
}
