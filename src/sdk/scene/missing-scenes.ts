import type { ObsScenes } from './obs-adapter-types.ts';

/** Which of the configured scenes OBS doesn't have. */
export interface MissingScenes {
  /** Takes the names that OBS has; says what is missing if that is something new. True: nothing is. */
  compare(names: readonly string[]): boolean;
  /** Says again what is missing, if something is. */
  insist(): void;
}

/** @param say takes one sentence that lists all of them */
export function createMissingScenes({ LIVE, BRB, OFFLINE }: ObsScenes, say: (message: string) => void): MissingScenes {
  let list = '';
  function insist(): void {
    if (list) say(`OBS has no scene ${list}`);
  }
  return {
    compare(names) {
      const missing = [...new Set([LIVE, BRB, OFFLINE])].filter((name) => !names.includes(name));
      const before = list;
      list = missing.map((name) => `"${name}"`).join(', ');
      if (list !== before) insist();
      return missing.length === 0;
    },
    insist,
  };
}
