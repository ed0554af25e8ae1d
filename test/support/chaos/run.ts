import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSeededRandom } from '../seeded-random.ts';
import { within } from '../within.ts';
import type { Fault } from './fault.ts';
import { chooseFaults } from './faults.ts';
import { createPhases } from './phases.ts';
import { type RoundResult, runRound } from './round.ts';
import { createWatch } from './watch.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

export interface ChaosOptions extends WorldOptions {
  rounds: number;
  seed: number;
  faults: readonly Fault[];
  /** Whether each round has all of them at once, instead of one or two. */
  together?: boolean;
  /** Whether each round has one only. */
  alone?: boolean;
  /** Simulated devices, each on an account of its own. */
  plugins: number;
  /** What a round may take; one that takes longer is stuck. Default: 180,000. */
  roundLimitMs?: number;
  /** Where the logs of a bad round go; undefined: nowhere. */
  logsDir?: string;
  /** Told of each round as it ends. */
  onRound?: (result: RoundResult) => void;
}

/** Far more than any round takes whose parts keep to their own limits. */
const ROUND_LIMIT_MS = 180_000;
/** What can't be ended within this ends with this process. */
const CLOSE_LIMIT_MS = 45_000;

/**
 * Runs rounds of faults against processes of its own, and ends all of them. The first bad round is the last: what follows on it
 * would tell nothing.
 *
 * @throws Error when a part of the world doesn't come up, a process can't be started again, or a round is stuck; it says
 *   where.
 */
export async function runChaos(options: ChaosOptions): Promise<RoundResult[]> {
  const { rounds, seed, faults, together = false, alone = false, onRound } = options;
  const usable = faults.filter(({ needsStandby }) => options.standby || !needsStandby);
  const random = createSeededRandom(`${seed} choice`);
  const seen = new Map<string, number>();
  const results: RoundResult[] = [];
  const world = await openWorld(options);
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const chosen = together ? [...usable] : chooseFaults(usable, seen, random, alone ? 0 : undefined);
      const result = await runOne(world, options, round, chosen);
      results.push(result);
      onRound?.(result);
      if (result.broken.length === 0) continue;
      await keepLogs(world, options.logsDir, round);
      break;
    }
    return results;
  } finally {
    await within(world.close(), CLOSE_LIMIT_MS, () => 'The processes could not be ended in order.');
  }
}

async function runOne(world: World, options: ChaosOptions, round: number, faults: Fault[]): Promise<RoundResult> {
  const { seed, plugins, roundLimitMs = ROUND_LIMIT_MS, logsDir } = options;
  const phases = createPhases();
  const random = createSeededRandom(`${seed} ${round} ways`);
  const watch = createWatch({ fleet: world.fleet, fullUntil: () => world.fullUntil, random });
  const stuck = (): string => {
    const waiting = watch.pending().map((what) => `\n- ${what}`);
    const without = waiting.length > 0 ? ` Without an answer:${waiting.join('')}` : '';
    return `it is stuck: it has not ended within ${roundLimitMs / 1000} s.${without}`;
  };
  try {
    return await within(runRound(world, { round, seed, faults, plugins, phases, watch }), roundLimitMs, stuck);
  } catch (cause) {
    const at = phases.present;
    const heard = watch.faults.map((fault) => `\n- ${fault}`).join('');
    watch.abandoned = true;
    await keepLogs(world, logsDir, round);
    const names = faults.map(({ name }) => name).join(' and ');
    const message = `Round ${round} (${names}) could not be finished, at "${at}": ${(cause as Error).message}`;
    throw new Error(heard === '' ? message : `${message}\nUntil then:${heard}`, { cause });
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
