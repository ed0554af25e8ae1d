import assert from 'node:assert/strict';
import { quantile, timeInTurn, welchT } from '../../scripts/bench/secrets/timing.ts';

describe('the timing of secrets', () => {
  it("has Welch's t grow with the distance of the means, and shrink with the spread", () => {
    assert.equal(welchT([1, 2, 3], [2, 4, 6]).toFixed(4), (-2 / Math.sqrt(5 / 3)).toFixed(4));
    assert.equal(welchT([1, 2, 3], [1, 2, 3]), 0);
  });

  it('tells the value that a share of all is below', () => {
    assert.equal(quantile([5, 1, 4, 2, 3], 0.5), 3);
    assert.equal(quantile([5, 1, 4, 2, 3], 1), 5);
  });

  it('refuses to time a secret that is right', () => {
    assert.throws(() => timeInTurn([{ name: 'the right one', call: () => true }], 10), /the right one was taken/);
  });
});
