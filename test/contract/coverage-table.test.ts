import assert from 'node:assert/strict';
import { coverageOf } from '../../scripts/test-contract/coverage.ts';

describe('The table of npm run test:contract', () => {
  const declared = ['open 200', 'open 404', 'close 204'];

  it('tells for each declared answer who got it, and marks the one that nobody got', () => {
    const answers = { dredd: ['open 200', 'close 204'], prism: ['open 200'], mocha: ['open 404'] };
    const { rows, missing } = coverageOf(declared, { ...answers, mocha: [] });
    assert.deepEqual(rows, [
      { operation: 'open', '200 ': 'DP', '204 ': '', '404 ': '!!' },
      { operation: 'close', '200 ': '', '204 ': 'D', '404 ': '' },
    ]);
    assert.deepEqual(missing, ['open 404']);
    assert.deepEqual(coverageOf(declared, answers).missing, []);
  });

  it('counts no answers that the contract does not declare', () => {
    const { bySuite, missing } = coverageOf(declared, { mocha: ['open 200', 'open 418', 'shut 204'] });
    assert.deepEqual(bySuite, { mocha: 1 });
    assert.deepEqual(missing, ['open 404', 'close 204']);
  });
});
