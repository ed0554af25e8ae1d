import { assertAllAnswersGiven, leaveNotes, noteTestFile } from './given-answers.ts';
import { endOnSignals } from './signals.ts';
import { beginTestRun, closeTestRun, shareCluster } from './test-run.ts';

/** @types/mocha 10 doesn't know this method yet. */
interface Runner extends Mocha.Runner {
  isParallelMode(): boolean;
}

// Mocha starts its further processes with a number; they close nothing, since the first one does.
if (process.env.MOCHA_WORKER_ID !== undefined) endOnSignals(async () => undefined);

/** Before everything, in the process that was started by hand. */
export async function mochaGlobalSetup(this: Runner): Promise<void> {
  await beginTestRun();
  endOnSignals(closeTestRun);
  if (this.isParallelMode()) await shareCluster();
}

/** Behind everything, in the same process. */
export async function mochaGlobalTeardown(this: Mocha.Runner): Promise<void> {
  try {
    assertAllAnswersGiven();
  } catch (error) {
    countAsFailed(this);
    throw error;
  } finally {
    await closeTestRun().catch((error) => {
      countAsFailed(this);
      throw error;
    });
  }
}

/** Mocha runs these around every test and, in each process, behind the last one of what it was given. */
export const mochaHooks = {
  beforeEach(this: Mocha.Context) {
    noteTestFile(this.currentTest?.file);
  },
  async afterAll(this: Mocha.Context) {
    await leaveNotes(this.test?.parent as Mocha.Suite);
  },
};

/** Mocha reports an error of the teardown and ends with 1, but doesn't count it. */
function countAsFailed({ stats }: Mocha.Runner): void {
  if (stats) stats.failures += 1;
}
