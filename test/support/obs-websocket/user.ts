import { INTENT } from './protocol.ts';
import { type Emit, listScenes, type Studio, showScene, tellScene, uuidOf } from './studio.ts';

/** Somebody in front of OBS. */
export interface StudioUser {
  /** Picks a scene. */
  show(scene: string): void;
  /** Waits until a fade is through, which is when OBS says which scene it shows. */
  finishTransition(): void;
  addScene(scene: string): void;
  /** OBS shows the one above where it was the current one. */
  removeScene(scene: string): void;
  /** OBS doesn't send a new list of scenes then. */
  renameScene(from: string, to: string): void;
  /** Turns studio mode off, upon which OBS names its scene again, twice. */
  leaveStudioMode(): void;
  /** A media source comes to its end, or loses its sender. */
  endMedia(input: string): void;
  /** Starts or stops the stream. */
  setStream(active: boolean): void;
  /** Ends OBS, which says so first. */
  exit(): void;
}

/** See `StudioUser`. */
export function createUser(studio: Studio, emit: Emit, hangUp: () => void): StudioUser {
  const tellList = () => emit('SceneListChanged', INTENT.scenes, { scenes: listScenes(studio) });
  return {
    show: (scene) => showScene(studio, scene, emit),
    finishTransition: () => tellScene(studio, emit),
    addScene(scene) {
      studio.scenes.push(scene);
      tellList();
    },
    removeScene(scene) {
      const index = studio.scenes.indexOf(scene);
      studio.scenes.splice(index, 1);
      tellList();
      const next = studio.scenes[Math.max(0, index - 1)];
      if (studio.current === scene && next !== undefined) showScene(studio, next, emit);
    },
    renameScene(from, to) {
      studio.scenes = studio.scenes.map((scene) => (scene === from ? to : scene));
      if (studio.current === from) studio.current = to;
      emit('SceneNameChanged', INTENT.scenes, { sceneUuid: uuidOf(from), oldSceneName: from, sceneName: to });
    },
    leaveStudioMode() {
      tellScene(studio, emit);
      tellScene(studio, emit);
    },
    endMedia(inputName) {
      const media = studio.inputs.get(inputName)?.media;
      if (media) media.state = 'OBS_MEDIA_STATE_ENDED';
      emit('MediaInputPlaybackEnded', INTENT.mediaInputs, { inputName, inputUuid: uuidOf(inputName) });
    },
    setStream(outputActive) {
      const output = studio.outputs.get(studio.streamOutput);
      if (output) output.active = outputActive;
      const outputState = `OBS_WEBSOCKET_OUTPUT_${outputActive ? 'STARTED' : 'STOPPED'}`;
      emit('StreamStateChanged', INTENT.outputs, { outputActive, outputState });
    },
    exit() {
      emit('ExitStarted', INTENT.general);
      hangUp();
    },
  };
}
