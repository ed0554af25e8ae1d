import fc from 'fast-check';

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
  const { FC_SEED, FC_RUNS } = process.env;
  const seed = FC_SEED ? Number(FC_SEED) : Math.floor(Math.random() * 0x7fffffff);
  const result = await fc.check(property, {
    seed,
    numRuns: runs * Number(FC_RUNS || 1),
    endOnFailure: !shrinks && !FC_SEED,
  });
  if (!result.failed) return;
  const report = await fc.asyncDefaultReportMessage(result);
  throw new Error(`Repeat this with FC_SEED=${seed}.\n${report}`, { cause: result.errorInstance });
}
