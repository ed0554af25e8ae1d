import type { ObsClient } from '../obs-client.ts';
import type { Timers } from '../timers.ts';

/** OBS said nothing in time, or the connection went. Nobody knows whether the request was carried out. */
export class ObsUnreachableError extends Error {
  override name = 'ObsUnreachableError';
}

/** Requests that end in any case, also where the library leaves them open when its connection goes. */
export interface ObsRequests {
  /**
   * @throws ObsUnreachableError when no answer came in time or the connection went
   * @throws what the client throws, when OBS refuses
   */
  call(type: string, data?: Record<string, unknown>): Promise<unknown>;
  /** Gives up on everything under way. */
  abandon(): void;
}

/** Puts a limit, in milliseconds, to each request. */
export function createObsRequests(obs: ObsClient, timers: Timers, timeoutMs: number): ObsRequests {
  const open = new Set<(error: Error) => void>();
  return {
    call: (type, data) =>
      new Promise((resolve, reject) => {
        const done = () => {
          open.delete(fail);
          cancel();
        };
        const fail = (error: unknown) => {
          done();
          // The library's errors for refusals carry the status of obs-websocket; without one there was no answer.
          const isRefusal = Number((error as { code?: unknown })?.code) >= 100;
          reject(isRefusal ? error : new ObsUnreachableError(`${type}: ${messageOf(error)}`));
        };
        open.add(fail);
        const cancel = timers.after(timeoutMs, () => fail(new Error('no answer in time')));
        obs.call(type, data).then((answer) => {
          done();
          resolve(answer);
        }, fail);
      }),
    abandon() {
      for (const fail of [...open]) fail(new Error('the connection went'));
    },
  };
}

/** The program's scene in an answer of OBS; undefined where the answer has none. */
export function readCurrentScene(answer: unknown): string | undefined {
  // The one name that all versions of obs-websocket 5 send, here and in the list of scenes.
  const name = (answer as { currentProgramSceneName?: unknown } | undefined)?.currentProgramSceneName;
  return typeof name === 'string' ? name : undefined;
}

/** The names of the scenes in an answer of OBS; undefined where the answer has no list. */
export function readSceneNames(answer: unknown): string[] | undefined {
  const scenes = (answer as { scenes?: unknown } | undefined)?.scenes;
  return Array.isArray(scenes) ? scenes.map((scene) => String(scene?.sceneName)) : undefined;
}

/** What a thrown thing says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
