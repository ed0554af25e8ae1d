import type { ObsClient } from '../obs-client.ts';

/** What the adapter wants to know of OBS. */
export interface ObsListeners {
  connected(): void;
  lost(): void;
  exits(): void;
  sceneShown(scene: string): void;
  sceneRenamed(from: string, to: string): void;
  scenesChanged(): void;
}

/** Listens until the returned function is called. Events without what the protocol promises are passed over. */
export function listenToObs(obs: ObsClient, listeners: ObsListeners): () => void {
  const handlers: Record<string, (data: unknown) => void> = {
    Identified: listeners.connected,
    ConnectionClosed: listeners.lost,
    ExitStarted: listeners.exits,
    SceneListChanged: listeners.scenesChanged,
    CurrentProgramSceneChanged(data) {
      const { sceneName } = fieldsOf(data);
      if (typeof sceneName === 'string') listeners.sceneShown(sceneName);
    },
    SceneNameChanged(data) {
      const { oldSceneName, sceneName } = fieldsOf(data);
      if (typeof oldSceneName === 'string' && typeof sceneName === 'string') {
        listeners.sceneRenamed(oldSceneName, sceneName);
      }
    },
  };
  for (const [event, handler] of Object.entries(handlers)) obs.on(event, handler);
  return () => {
    for (const [event, handler] of Object.entries(handlers)) obs.off(event, handler);
  };
}

function fieldsOf(data: unknown): Record<string, unknown> {
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
}
