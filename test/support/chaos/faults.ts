import { DATABASE_FAULTS } from './database-faults.ts';
import type { Fault } from './fault.ts';
import { OTHER_FAULTS } from './other-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';

/** Everything that a chaos run can let go wrong. */
export const FAULTS: readonly Fault[] = [...PROCESS_FAULTS, ...DATABASE_FAULTS, ...OTHER_FAULTS];

/** How many rounds have two faults. */
const PAIRS = 0.4;

/**
 * Of those, one or two of different groups that have not come for the longest time, by chance among equals.
 *
 * @param pairs share of the choices that are two, 0 to 1.
 */
export function chooseFaults(
  faults: readonly Fault[],
  seen: Map<string, number>,
  random: () => number,
  pairs = PAIRS,
): Fault[] {
  const [first, ...others] = faults
    .map((fault) => ({ fault, rank: (seen.get(fault.name) ?? 0) + random() * 0.999 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ fault }) => fault);
  if (!first) throw new Error('There are no faults to choose from.');
  const second = random() < pairs ? others.find(({ group }) => group !== first.group) : undefined;
  const chosen = second ? [first, second] : [first];
  for (const { name } of chosen) seen.set(name, (seen.get(name) ?? 0) + 1);
  return chosen;
}
