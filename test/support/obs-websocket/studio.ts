import { INTENT, type JsonObject } from './protocol.ts';

/** A source that isn't a scene. `media` is there where it plays something. */
export interface StudioInput {
  kind: string;
  settings: JsonObject;
  media?: {
    state: `OBS_MEDIA_STATE_${'NONE' | 'PLAYING' | 'STOPPED' | 'PAUSED' | 'ENDED' | 'ERROR' | 'OPENING' | 'BUFFERING'}`;
    /** Milliseconds. */
    duration: number;
    cursor: number;
  };
}

/** Something that OBS sends or records, with its counters since it began. */
export interface StudioOutput {
  kind: string;
  active: boolean;
  reconnecting: boolean;
  bytes: number;
  durationMs: number;
  /** 0 to 1. */
  congestion: number;
  skippedFrames: number;
  totalFrames: number;
  width: number;
  height: number;
}

/** What OBS is set up with and does; tests may change it at any time, unheard by clients. */
export interface Studio {
  /** Names as OBS shows them, from the top. */
  scenes: string[];
  current: string;
  inputs: Map<string, StudioInput>;
  outputs: Map<string, StudioOutput>;
  /** Which output is the stream. */
  streamOutput: string;
  stats: JsonObject;
  /**
   * `cut`: the scene changes at once. `fade`: the change is heard when the test finishes the transition, and only that of
   * the last scene where several followed each other, as it was seen with OBS 29.
   */
  transition: 'cut' | 'fade';
}

/** Tells subscribers. */
export type Emit = (eventType: string, intent: number, eventData?: JsonObject) => void;

/** A studio with the scenes Live, BRB and Offline, a media source Feed and a stream that is on. */
export function createStudio(): Studio {
  return {
    scenes: ['Live', 'BRB', 'Offline'],
    current: 'Offline',
    inputs: new Map([
      [
        'Feed',
        { kind: 'ffmpeg_source', settings: {}, media: { state: 'OBS_MEDIA_STATE_PLAYING', duration: 0, cursor: 0 } },
      ],
      ['Backdrop', { kind: 'color_source_v3', settings: { color: 4278190080 } }],
    ]),
    outputs: new Map([['adv_stream', createOutput({ active: true })]]),
    streamOutput: 'adv_stream',
    stats: {
      cpuUsage: 4.5,
      memoryUsage: 250,
      availableDiskSpace: 50_000,
      activeFps: 30,
      averageFrameRenderTime: 2.5,
      renderSkippedFrames: 0,
      renderTotalFrames: 1_000,
      outputSkippedFrames: 0,
      outputTotalFrames: 1_000,
    },
    transition: 'cut',
  };
}

/** An output that rests, with counters at zero, but for `values`. */
export function createOutput(values: Partial<StudioOutput> = {}): StudioOutput {
  return {
    kind: 'rtmp_output',
    active: false,
    reconnecting: false,
    bytes: 0,
    durationMs: 0,
    congestion: 0,
    skippedFrames: 0,
    totalFrames: 0,
    width: 1920,
    height: 1080,
    ...values,
  };
}

/** An id that stays the same for a name. */
export function uuidOf(name: string): string {
  const hex = Buffer.from(name).toString('hex').padEnd(32, '0').slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The scenes as the protocol lists them: from the bottom. */
export function listScenes({ scenes }: Studio): JsonObject[] {
  return scenes.toReversed().map((sceneName, sceneIndex) => ({ sceneIndex, sceneName, sceneUuid: uuidOf(sceneName) }));
}

/** Shows a scene. To show the one that is shown is nothing, as in OBS. */
export function showScene(studio: Studio, scene: string, emit: Emit): void {
  if (studio.current === scene) return;
  studio.current = scene;
  if (studio.transition === 'cut') tellScene(studio, emit);
}

/** Says which scene is shown now. */
export function tellScene({ current }: Studio, emit: Emit): void {
  emit('CurrentProgramSceneChanged', INTENT.scenes, { sceneName: current, sceneUuid: uuidOf(current) });
}
