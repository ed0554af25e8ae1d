import assert from 'node:assert/strict';
import { type AdapterLab, REFRESH, startAdapterLab, switchTo } from './adapter-lab.ts';

const FAULT = 'configuration fault: OBS has no scene';

describe('The adapter to OBS: scenes that do not exist', () => {
  let lab: AdapterLab;

  beforeEach(async () => {
    lab = await startAdapterLab();
  });

  afterEach(() => lab.close());

  it('lists all of them in one fault before it drives anything, and then drives nothing', async () => {
    lab.obs.studio.scenes = ['Live'];
    lab.obs.studio.current = 'Live';
    const started = lab.adapter.start();
    const applied = lab.adapter.apply([switchTo('LIVE'), REFRESH]);
    await started;
    const inputs = lab.take();
    assert.deepEqual(inputs.slice(0, 3), ['available true', 'scene Live initial', `${FAULT} "BRB", "Offline"`]);
    assert.ok(inputs.includes('probe false'));
    await applied;
    await lab.adapter.apply([switchTo('LIVE')]);
    assert.deepEqual(lab.drives(), []);
  });

  it('says so again when it is to drive all the same, such as after a reset of the fault', async () => {
    lab.obs.studio.scenes = ['Live', 'BRB'];
    await lab.adapter.start();
    lab.take();
    await lab.adapter.probe();
    assert.deepEqual(lab.take(), ['probe false']);
    await lab.adapter.apply([switchTo('BRB')]);
    assert.deepEqual(lab.take(), [`${FAULT} "Offline"`]);
  });

  it('drives once they were made', async () => {
    lab.obs.studio.scenes = ['Live', 'BRB'];
    await lab.adapter.start();
    lab.take();
    lab.obs.user.addScene('Offline');
    await lab.heard();
    await lab.timers.advance(1_000);
    assert.deepEqual(await lab.takeProbed(), ['probe true']);
    await lab.adapter.apply([switchTo('BRB')]);
    assert.deepEqual(lab.drives(), ['SetCurrentProgramScene BRB']);
  });

  it('reports one that is removed or gets another name later on', async () => {
    await lab.adapter.start();
    lab.take();
    lab.obs.user.removeScene('BRB');
    await lab.heard();
    await lab.timers.advance(1_000);
    assert.deepEqual(await lab.takeProbed(), [`${FAULT} "BRB"`, 'probe false']);
    lab.obs.user.renameScene('Live', 'On air');
    await lab.heard();
    await lab.timers.advance(1_000);
    assert.deepEqual(await lab.takeProbed(), [`${FAULT} "Live", "BRB"`, 'probe false']);
  });

  it('stays calm while OBS loads other scenes, among which they are', async () => {
    await lab.adapter.start();
    lab.take();
    for (const scene of ['Live', 'BRB']) lab.obs.user.removeScene(scene);
    await lab.heard();
    await lab.timers.advance(500);
    for (const scene of ['BRB', 'Live']) lab.obs.user.addScene(scene);
    await lab.heard();
    await lab.timers.advance(1_000);
    assert.deepEqual(await lab.takeProbed(), ['probe true']);
  });
});
