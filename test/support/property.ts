import fc from 'fast-check';

/** How many times the usual number of samples is wanted. */
export const FACTOR = Number(process.env.FC_RUNS || 1);

/** Mocha's limit for a slow property, in milliseconds. */
export const PROPERTY_LIMIT_MS = 120_000 * FACTOR;

/**
 * Checks a property with a new seed, which a failure tells. The environment can say otherwise: `FC_SEED` repeats a run,
 * `FC_RUNS` multiplies the number of runs.
 *
 * @param runs how many samples; each may be slow, so a failing one isn't shrunk unless the seed is given.
 */
export async function checkProperty<T>(
  property: fc.IRawProperty<T>,
  { runs, shrinks = false }: { runs: number; shrinks?: boolean },
): Promise<void> {
  const { FC_SEED } = process.env;
  const seed = FC_SEED ? Number(FC_SEED) : Math.floor(Math.random() * 0x7fffffff);
  const result = await fc.check(property, {
    seed,
    numRuns: runs * FACTOR,
    endOnFailure: !shrinks && !FC_SEED,
  });
  if (!result.failed) return;
  const report = await fc.asyncDefaultReportMessage(result);
  throw new Error(`Repeat this with FC_SEED=${seed}.\n${report}`, { cause: result.errorInstance });
}
