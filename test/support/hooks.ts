import { assertAllAnswersGiven, noteTestFile } from './given-answers.ts';
import { closeTestRun } from './test-run.ts';

/** Mocha runs these around every test and behind the last one. */
export const mochaHooks = {
  beforeEach(this: Mocha.Context) {
    noteTestFile(this.currentTest?.file);
  },
  async afterAll(this: Mocha.Context) {
    await closeTestRun();
    // A failure here counts as one of the run's.
    assertAllAnswersGiven(this.test?.parent as Mocha.Suite);
  },
};
