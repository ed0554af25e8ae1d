import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSeededRandom } from '../seeded-random.ts';
import type { Fault } from './fault.ts';
import { chooseFaults } from './faults.ts';
import { type RoundResult, runRound } from './round.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

export interface ChaosOptions extends WorldOptions {
  rounds: number;
  seed: number;
  faults: readonly Fault[];
  /** Simulated devices, each on an account of its own. */
  plugins: number;
  /** Where the logs of a bad round go; undefined: nowhere. */
  logsDir?: string;
  /** Told of each round as it ends. */
  onRound?: (result: RoundResult) => void;
  /** Whether to end behind the round that is under way. */
  isCancelled?: () => boolean;
}

/**
 * Runs rounds of faults against processes of its own, and ends all of them. The first bad round is the last: what follows on it
 * would tell nothing.
 *
 * @throws Error when a part of the world doesn't come up, or a process can't be started again.
 */
export async function runChaos(options: ChaosOptions): Promise<RoundResult[]> {
  const { rounds, seed, faults, plugins, onRound, isCancelled = () => false } = options;
  const usable = faults.filter(({ needsStandby }) => options.standby || !needsStandby);
  const random = createSeededRandom(`${seed} choice`);
  const seen = new Map<string, number>();
  const results: RoundResult[] = [];
  const world = await openWorld(options);
  try {
    for (let round = 1; round <= rounds && !isCancelled(); round += 1) {
      const chosen = chooseFaults(usable, seen, random);
      let result: RoundResult;
      try {
        result = await runRound(world, { round, seed, faults: chosen, plugins });
      } catch (cause) {
        await keepLogs(world, options.logsDir, round);
        const names = chosen.map(({ name }) => name).join(' and ');
        throw new Error(`Round ${round} (${names}) could not be finished: ${(cause as Error).message}`, { cause });
      }
      results.push(result);
      onRound?.(result);
      if (result.broken.length === 0) continue;
      await keepLogs(world, options.logsDir, round);
      break;
    }
    return results;
  } finally {
    await world.close();
  }
}

/** One file for each process that there was, and one for PostgreSQL. */
async function keepLogs(world: World, folder: string | undefined, round: number): Promise<void> {
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  const database = world.postgres ? [{ name: 'postgres', text: world.postgres.primary().log() }] : [];
  for (const { name, text } of [...world.fleet.logs(), ...database]) {
    await writeFile(join(folder, `round-${round}-${name}.log`), text);
  }
}
