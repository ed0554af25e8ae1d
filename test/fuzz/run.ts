import { playSequences } from './sequences/check.ts';
import { sendSingles } from './singles.ts';
import { createTally, type Tally } from './tally.ts';

export interface FuzzOptions {
  /** How many requests are sent each for itself. */
  singles: number;
  /** How many are sent in sequences, at least. */
  inSequences: number;
  seed: number;
  /** Plays only the sequence that this path leads to from the seed. */
  path?: string | undefined;
  /** Hears how many requests are done. */
  onProgress?: (done: number) => void;
}

/** Sends random requests, alone and in sequences, to applications of its own until something is wrong, or enough are sent. */
export async function runFuzz(options: FuzzOptions): Promise<Tally> {
  const { singles, inSequences, seed, path, onProgress = () => {} } = options;
  const tally = createTally(onProgress);
  await Promise.all([
    path === undefined && singles > 0 ? sendSingles(singles, seed, tally) : undefined,
    path !== undefined || inSequences > 0 ? playSequences({ requests: inSequences, seed, path, tally }) : undefined,
  ]);
  return tally;
}
