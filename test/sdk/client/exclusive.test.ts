import assert from 'node:assert/strict';
import { createExclusive } from '../../../src/sdk/exclusive.ts';

describe('Turns', () => {
  /** Begins some things at once, and tells how many were ever under way together. */
  async function mostAtOnce(exclusives: ReturnType<typeof createExclusive>[]): Promise<number> {
    let underWay = 0;
    let most = 0;
    const act = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
    };
    await Promise.all(exclusives.map((exclusive) => exclusive(act)));
    return most;
  }

  it('of one name are taken one after the other, by several clients of a process too', async () => {
    const make = () => createExclusive('one', null);
    assert.equal(await mostAtOnce([make(), make(), make()]), 1);
  });

  it('of different names do not wait for each other', async () => {
    assert.equal(await mostAtOnce([createExclusive('one', null), createExclusive('two', null)]), 2);
  });

  it('go on behind one that failed', async () => {
    const exclusive = createExclusive('failing', null);
    await assert.rejects(
      exclusive(() => Promise.reject(new Error('this one'))),
      /this one/,
    );
    assert.equal(await exclusive(async () => 'the next'), 'the next');
  });

  it('are taken within the page where the browser refuses its locks', async () => {
    const refusing = { request: () => Promise.reject(new DOMException('opaque origin', 'SecurityError')) };
    const make = () => createExclusive('refused', refusing);
    assert.equal(await mostAtOnce([make(), make()]), 1);
  });

  it('that fail under a lock are not taken a second time', async () => {
    let times = 0;
    const exclusive = createExclusive('locked', { request: (_name, act) => act() });
    const failing = exclusive(async () => {
      times += 1;
      throw new Error('this one');
    });
    await assert.rejects(failing, /this one/);
    assert.equal(times, 1);
  });
});
