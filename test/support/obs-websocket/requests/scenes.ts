import { needText } from '../fields.ts';
import { Refusal, STATUS } from '../protocol.ts';
import { listScenes, showScene, uuidOf } from '../studio.ts';
import type { RequestHandler } from './request.ts';

/** Requests about scenes. */
export const sceneRequests: Record<string, RequestHandler> = {
  GetSceneList: (_data, { studio }) => ({
    currentProgramSceneName: studio.current,
    currentProgramSceneUuid: uuidOf(studio.current),
    currentPreviewSceneName: null,
    currentPreviewSceneUuid: null,
    scenes: listScenes(studio),
  }),

  GetCurrentProgramScene: (_data, { studio }) => ({
    sceneName: studio.current,
    sceneUuid: uuidOf(studio.current),
    currentProgramSceneName: studio.current,
    currentProgramSceneUuid: uuidOf(studio.current),
  }),

  SetCurrentProgramScene(data, { studio, emit }) {
    const scene = needText(data, 'sceneName');
    if (studio.inputs.has(scene)) throw new Refusal(STATUS.invalidResourceType, `${scene} is no scene.`);
    if (!studio.scenes.includes(scene)) throw new Refusal(STATUS.resourceNotFound, `There is no scene ${scene}.`);
    showScene(studio, scene, emit);
    return undefined;
  },
};
