import assert from 'node:assert/strict';
import { type AdapterLab, startAdapterLab, switchTo } from './adapter-lab.ts';

describe('The adapter to OBS: whose switch it was', () => {
  let lab: AdapterLab;

  beforeEach(async () => {
    lab = await startAdapterLab();
    await lab.adapter.start();
    lab.obs.user.addScene('Desk');
    await lab.heard();
    lab.take();
  });

  afterEach(() => lab.close());

  it('reports a manual switch when it happens', async () => {
    lab.obs.user.show('Desk');
    await lab.heard();
    assert.deepEqual(lab.take(), ['scene Desk changed']);
  });

  it('reports its own switch once, as soon as OBS shows the scene, not when the fade is over', async () => {
    lab.obs.studio.transition = 'fade';
    await lab.adapter.apply([switchTo('LIVE')]);
    assert.deepEqual(lab.take(), ['scene Live changed']);
    lab.obs.user.finishTransition();
    await lab.heard();
    assert.deepEqual(lab.take(), []);
  });

  it('reports its own switch where OBS showed that scene already and therefore tells nothing', async () => {
    await lab.adapter.apply([switchTo('OFFLINE')]);
    assert.deepEqual(lab.take(), ['scene Offline changed']);
  });

  for (const order of ['as_happened', 'reversed'] as const) {
    it(`takes late events of own switches, ${order.replace('_', ' ')}, for nobody's`, async () => {
      const release = lab.obs.holdEvents();
      await lab.adapter.apply([switchTo('LIVE')]);
      await lab.adapter.apply([switchTo('BRB')]);
      await lab.adapter.apply([switchTo('OFFLINE')]);
      assert.deepEqual(lab.take(), ['scene Live changed', 'scene BRB changed', 'scene Offline changed']);
      release(order);
      await lab.heard();
      await lab.heard();
      assert.deepEqual(lab.take(), []);
    });

    it(`ends with the user's scene where the user switched behind it and events come late, ${order.replace('_', ' ')}`, async () => {
      const release = lab.obs.holdEvents();
      await lab.adapter.apply([switchTo('LIVE')]);
      await lab.adapter.apply([switchTo('BRB')]);
      lab.obs.user.show('Desk');
      lab.take();
      release(order);
      await lab.heard();
      await lab.heard();
      assert.deepEqual(lab.take(), ['scene Desk changed']);
    });

    it(`ends with the latest of two manual switches, their events ${order.replace('_', ' ')}`, async () => {
      const release = lab.obs.holdEvents();
      lab.obs.user.show('Desk');
      lab.obs.user.show('BRB');
      release(order);
      await lab.heard();
      await lab.heard();
      assert.equal(lab.take().at(-1), 'scene BRB changed');
    });
  }

  it('reports a manual switch back to a scene that it left itself', async () => {
    await lab.adapter.apply([switchTo('LIVE')]);
    await lab.adapter.apply([switchTo('BRB')]);
    await lab.heard();
    lab.take();
    lab.obs.user.show('Live');
    await lab.heard();
    await lab.heard();
    assert.deepEqual(lab.take(), ['scene Live changed']);
  });

  it('reports the same manual switch again after an own one whose event never came, as in a fade', async () => {
    lab.obs.studio.transition = 'fade';
    await lab.adapter.apply([switchTo('BRB')]);
    lab.obs.user.show('Live');
    lab.obs.user.finishTransition();
    await lab.heard();
    await lab.heard();
    assert.deepEqual(lab.take(), ['scene BRB changed', 'scene Live changed']);
    lab.obs.user.show('BRB');
    lab.obs.user.finishTransition();
    await lab.heard();
    await lab.heard();
    assert.deepEqual(lab.take(), ['scene BRB changed']);
  });

  it('reports a manual switch that its own overtook at once, as the user may hold on to it', async () => {
    const release = lab.obs.holdEvents();
    lab.obs.user.show('Desk');
    await lab.adapter.apply([switchTo('BRB')]);
    release();
    await lab.heard();
    await lab.heard();
    assert.deepEqual(lab.take(), ['scene BRB changed', 'scene Desk changed', 'scene BRB changed']);
  });

  it("takes OBS's repetition of its scene at the end of studio mode for nobody's switch", async () => {
    await lab.adapter.apply([switchTo('LIVE')]);
    await lab.heard();
    lab.take();
    lab.obs.user.leaveStudioMode();
    await lab.heard();
    assert.deepEqual(lab.take(), []);
  });

  it("takes a new name of the shown scene for nobody's switch", async () => {
    lab.obs.user.show('Desk');
    await lab.heard();
    lab.take();
    lab.obs.user.renameScene('Desk', 'Table');
    await lab.heard();
    await lab.timers.advance(1_000);
    assert.deepEqual(await lab.takeProbed(), ['probe true']);
  });
});
