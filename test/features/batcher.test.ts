import assert from 'node:assert/strict';
import { createBatcher } from '../../src/batcher.ts';

describe('a batcher', () => {
  it('writes the first item at once, and together what arrives meanwhile', async () => {
    const batches: number[][] = [];
    const first = Promise.withResolvers<void>();
    const add = createBatcher<number>(async (items) => {
      batches.push(items);
      if (batches.length === 1) await first.promise;
    }, 10);
    const all = [1, 2, 3].map((item) => add(item));
    assert.deepEqual(batches, [[1]]);
    first.resolve();
    await Promise.all(all);
    assert.deepEqual(batches, [[1], [2, 3]]);
  });

  it('writes no more than so many at once, and forgets none', async () => {
    const batches: number[][] = [];
    const add = createBatcher<number>(async (items) => void batches.push(items), 4);
    await Promise.all(Array.from({ length: 11 }, (_, index) => add(index)));
    assert.equal(Math.max(...batches.map(({ length }) => length)), 4);
    assert.deepEqual(batches.flat(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('tells everyone of a batch that failed, and goes on with the next', async () => {
    const add = createBatcher<string>(async (items) => {
      if (items.includes('bad')) throw new Error('no');
    }, 2);
    const answers = await Promise.allSettled(['good', 'bad', 'beside', 'good'].map(add));
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    );
  });
});
