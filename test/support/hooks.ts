import { assertAllAnswersGiven, leaveNotes, noteTestFile, writeAnswers } from './given-answers.ts';
import { endOnSignals } from './signals.ts';
import { beginTestRun, closeTestRun, shareCluster } from './test-run.ts';
import { assertNoneUnheard, listenForUnheard, noteTestTitle } from './unheard.ts';

/** @types/mocha 10 doesn't know these methods yet. */
interface Runner extends Mocha.Runner {
  isParallelMode(): boolean;
  uncaught(error: Error): void;
}

let isOver = false;

// Mocha starts its further processes with a number; they close nothing, since the first one does.
if (process.env.MOCHA_WORKER_ID !== undefined) endOnSignals(async () => undefined);

/** Before everything, in the process that was started by hand. */
export async function mochaGlobalSetup(this: Runner): Promise<void> {
  await beginTestRun();
  endOnSignals(closeTestRun);
  if (!this.isParallelMode()) return;
  await shareCluster();
  process.once('beforeExit', () => isOver || endLostRun(this));
}

/** Behind everything, in the same process. */
export async function mochaGlobalTeardown(this: Runner): Promise<void> {
  isOver = true;
  try {
    await writeAnswers();
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

/** Mocha runs these in each process around all tests of what it was given, and before every test. */
export const mochaHooks = {
  // Mocha takes the listener away behind each file.
  beforeAll: listenForUnheard,
  beforeEach(this: Mocha.Context) {
    noteTestFile(this.currentTest?.file);
    noteTestTitle(this.currentTest?.fullTitle());
  },
  async afterAll(this: Mocha.Context) {
    await leaveNotes(this.test?.parent as Mocha.Suite);
    assertNoneUnheard();
  },
};

/** Mocha waits for ever for a process of its own that died between two files, which means it ends early and with 0. */
async function endLostRun(runner: Runner): Promise<void> {
  process.exitCode = 1;
  runner.uncaught(new Error('A process of the run ended between two files.'));
  await closeTestRun();
}

/** Mocha reports an error of the teardown and ends with 1, but doesn't count it. */
function countAsFailed({ stats }: Mocha.Runner): void {
  if (stats) stats.failures += 1;
}
