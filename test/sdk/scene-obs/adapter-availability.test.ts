import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { type AdapterLab, REFRESH, startAdapterLab, switchTo } from './adapter-lab.ts';

describe('The adapter to OBS: whether it can be controlled', () => {
  let lab: AdapterLab;

  beforeEach(async () => {
    lab = await startAdapterLab();
    await lab.adapter.start();
    lab.take();
  });

  afterEach(() => lab.close());

  async function loseConnection(): Promise<void> {
    const closed = new Promise((resolve) => lab.client.once('ConnectionClosed', resolve));
    lab.obs.dropConnections();
    await closed;
  }

  async function reconnect(): Promise<string[]> {
    await lab.connect();
    return await lab.takeProbed();
  }

  it('says once that the connection is lost, and what it finds when it is back, before the probe that passed', async () => {
    await loseConnection();
    await lab.timers.advance(3_500);
    assert.deepEqual(lab.take(), ['available false']);
    assert.deepEqual(await reconnect(), ['available true', 'scene Offline initial', 'probe true']);
    await loseConnection();
    assert.deepEqual(lab.take(), ['available false']);
    assert.deepEqual(await reconnect(), ['available true', 'scene Offline initial', 'probe true']);
  });

  it('carries nothing out while OBS is away, nor what was wanted before, once OBS is back', async () => {
    const go = lab.obs.stall();
    const underWay = lab.adapter.apply([switchTo('LIVE'), REFRESH]);
    await eventually(() => assert.equal(lab.drives().length, 1));
    await loseConnection();
    await underWay;
    await lab.adapter.apply([switchTo('BRB')]);
    go();
    await reconnect();
    assert.deepEqual(lab.drives(), ['SetCurrentProgramScene Live']);
    await lab.adapter.apply([switchTo('BRB')]);
    assert.equal(lab.obs.studio.current, 'BRB');
  });

  it("takes a switch during the gap for the user's, and no switch of its own that was done unanswered", async () => {
    await loseConnection();
    lab.obs.user.show('BRB');
    assert.ok((await reconnect()).includes('scene BRB changed'));

    lab.obs.faults.drop.SetCurrentProgramScene = 'after';
    await lab.adapter.apply([switchTo('LIVE')]);
    assert.equal(lab.obs.studio.current, 'Live');
    assert.deepEqual(lab.take(), ['available false']);
    assert.ok((await reconnect()).includes('scene Live initial'));
  });

  it("takes a return during the gap to the scene before for the user's switch", async () => {
    await lab.adapter.apply([switchTo('LIVE')]);
    await lab.adapter.apply([switchTo('BRB')]);
    await lab.heard();
    await loseConnection();
    lab.obs.user.show('Live');
    assert.ok((await reconnect()).includes('scene Live changed'));
  });

  it("takes what OBS shows after its end and next start for nobody's switch", async () => {
    const closed = new Promise((resolve) => lab.client.once('ConnectionClosed', resolve));
    lab.obs.user.exit();
    await closed;
    assert.deepEqual(lab.take(), ['available false']);
    lab.obs.studio.current = 'Live';
    assert.deepEqual(await reconnect(), ['available true', 'scene Live initial', 'probe true']);
  });

  it('counts OBS as away when it leaves a request unanswered, and finds it again by itself', async () => {
    const go = lab.obs.stall();
    const underWay = lab.adapter.apply([switchTo('BRB')]);
    await eventually(() => assert.equal(lab.drives().length, 1));
    await lab.timers.advance(4_999);
    assert.deepEqual(lab.take(), []);
    await lab.timers.advance(1);
    await underWay;
    assert.deepEqual(lab.take(), ['available false']);
    go();
    await lab.timers.advance(1_000);
    // The switch was done in the end, and it was the adapter's own.
    assert.deepEqual(await lab.takeProbed(), ['available true', 'scene BRB initial', 'probe true']);
  });

  it('waits for an OBS that is not there at its start', async () => {
    const late = await startAdapterLab();
    try {
      await late.client.disconnect();
      await late.adapter.start();
      assert.deepEqual(late.take(), ['available false']);
      await late.connect();
      assert.deepEqual(await late.takeProbed(), ['available true', 'scene Offline initial', 'probe true']);
    } finally {
      await late.close();
    }
  });

  it('feeds a probe that failed when OBS refuses to be looked at, and tries again until it passes', async () => {
    lab.obs.faults.refuse.GetSceneList = { code: 207, comment: 'not ready' };
    assert.equal(await lab.adapter.probe(), false);
    assert.deepEqual(lab.take(), ['protocol error: not ready', 'probe false']);
    delete lab.obs.faults.refuse.GetSceneList;
    await lab.timers.advance(1_000);
    assert.deepEqual(await lab.takeProbed(), ['probe true']);
  });
});
