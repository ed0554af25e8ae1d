/** What the program of OBS shows, put together from events, answers and what was asked for. */
export interface ShownScene {
  /** A switch is about to be asked for. */
  ask(scene: string): void;
  /**
   * OBS told of a scene. `news`: somebody else picked it. `unsure`: it may be the echo of a switch that was asked for or
   * read before, and OBS may show another one by now, so look. `known`: nothing new.
   */
  hear(scene: string): 'news' | 'unsure' | 'known';
  /** OBS was asked which scene it shows. True: it isn't the one that was known. */
  see(scene: string): boolean;
  /** Whether what a look behind a gap found was picked by somebody else in the meantime. */
  isForeign(scene: string): boolean;
  rename(from: string, to: string): void;
}

/**
 * Follows the program's scene. Events alone don't do: OBS (29.0.2 was watched) tells of a scene when its transition is
 * over, leaves out what another switch overtook, and names the shown scene again when studio mode ends.
 */
export function createShownScene(): ShownScene {
  let known: string | undefined;
  /** Until OBS was asked what came of it. */
  let asked: string | undefined;
  const echoes = new Set<string>();
  return {
    ask(scene) {
      asked = scene;
      echoes.add(scene);
    },
    hear(scene) {
      const mayBeEcho = echoes.delete(scene);
      if (scene === known) return 'known';
      if (mayBeEcho) return 'unsure';
      known = scene;
      return 'news';
    },
    see(scene) {
      asked = undefined;
      if (scene === known) return false;
      known = scene;
      echoes.add(scene);
      return true;
    },
    isForeign: (scene) => known !== undefined && scene !== known && scene !== asked,
    rename(from, to) {
      if (known === from) known = to;
    },
  };
}
