import { closeTestRun } from './test-run.ts';

/** Mocha runs this behind the last test. */
export const mochaHooks = {
  async afterAll() {
    await closeTestRun();
  },
};
