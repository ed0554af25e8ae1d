import assert from 'node:assert/strict';
import { type AdapterLab, startAdapterLab, switchTo } from './adapter-lab.ts';

describe('The adapter to OBS: a listener that throws', () => {
  const fault = new Error('a fault of the listener');
  let lab: AdapterLab;
  let thrown: unknown[];

  beforeEach(async () => {
    thrown = [];
    lab = await startAdapterLab({
      onInput() {
        throw fault;
      },
      onListenerError: (error) => void thrown.push(error),
    });
  });

  afterEach(() => lab.close());

  it('neither ends the first look nor what is carried out after it', async () => {
    await lab.adapter.start();
    await lab.adapter.apply([switchTo('LIVE')]);
    assert.equal(lab.obs.studio.current, 'Live');
    assert.equal(await lab.adapter.probe(), true);
  });

  it('is told of, each time', async () => {
    await lab.adapter.start();
    // Availability, scene, probe.
    assert.deepEqual(thrown, [fault, fault, fault]);
  });
});
