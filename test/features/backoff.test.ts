import assert from 'node:assert/strict';
import { createBackoff } from '../../src/cluster/backoff.ts';

const LIMITS = { first: 100, most: 1_000, healthy: 5_000 };

describe('the wait before a process is started again', () => {
  it('doubles with each that falls at once, up to a limit, so that nothing spins', () => {
    const backoff = createBackoff(LIMITS);
    const waits = Array.from({ length: 7 }, () => backoff.next(0));
    assert.deepEqual(waits, [100, 200, 400, 800, 1_000, 1_000, 1_000]);
  });

  it('is short again behind one that was well for long enough, and only then', () => {
    const backoff = createBackoff(LIMITS);
    backoff.next(0);
    assert.equal(backoff.next(LIMITS.healthy - 1), 200);
    assert.equal(backoff.next(LIMITS.healthy), 100);
    assert.equal(backoff.next(0), 200);
  });
});
