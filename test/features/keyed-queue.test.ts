import assert from 'node:assert/strict';
import { createKeyedQueue } from '../../src/http/keyed-queue.ts';

/** A promise that a test settles. */
function gate() {
  return Promise.withResolvers<string>();
}

/** Lets everything run that waits for nothing but promises that are settled. */
function settleAll(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('the keyed queue', () => {
  it('runs work on one key one after the other, in the order of arrival', async () => {
    const queue = createKeyedQueue();
    const seen: string[] = [];
    const gates = [gate(), gate(), gate()];
    const runs = gates.map(({ promise }, index) =>
      queue.run('a', async () => {
        seen.push(`begin ${index}`);
        await promise;
        seen.push(`end ${index}`);
      }),
    );
    // The last one could end first, if it were allowed to begin.
    for (const { resolve } of gates.reverse()) {
      resolve('done');
      await settleAll();
    }
    await Promise.all(runs);
    assert.deepEqual(seen, ['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('does not begin before the work in front has ended', async () => {
    const queue = createKeyedQueue();
    const first = gate();
    let begun = false;
    const running = queue.run('a', () => first.promise);
    const waiting = queue.run('a', async () => {
      begun = true;
    });
    await settleAll();
    assert.equal(begun, false);
    first.resolve('done');
    await Promise.all([running, waiting]);
    assert.equal(begun, true);
  });

  it('runs work on different keys at the same time', async () => {
    const queue = createKeyedQueue();
    const held = gate();
    const slow = queue.run('a', () => held.promise);
    assert.equal(await queue.run('b', async () => 'quick'), 'quick');
    held.resolve('slow');
    assert.equal(await slow, 'slow');
  });

  it('tells a failure to its own caller only, and goes on with the next', async () => {
    const queue = createKeyedQueue();
    const failing = queue.run('a', async () => {
      throw new Error('no luck');
    });
    const next = queue.run('a', async () => 'fine');
    await assert.rejects(failing, { message: 'no luck' });
    assert.equal(await next, 'fine');
  });

  it('takes up a key again once there was nothing to do', async () => {
    const queue = createKeyedQueue();
    assert.equal(await queue.run('a', async () => 1), 1);
    assert.equal(await queue.run('a', async () => 2), 2);
  });
});
