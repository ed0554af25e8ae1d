import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { type AdapterLab, REFRESH, START, startAdapterLab, switchTo } from './adapter-lab.ts';

const RESTART = 'TriggerMediaInputAction Feed OBS_WEBSOCKET_MEDIA_INPUT_ACTION_RESTART';

describe('The adapter to OBS: what the engine wants', () => {
  let lab: AdapterLab;

  beforeEach(async () => {
    lab = await startAdapterLab();
    await lab.adapter.start();
  });

  afterEach(() => lab.close());

  it('says at first that OBS is there, which scene it shows and that the probe passed, and drives nothing', () => {
    assert.ok(lab.inputs.every(({ at }) => at === START));
    assert.deepEqual(lab.take(), ['available true', 'scene Offline initial', 'probe true']);
    assert.deepEqual(lab.drives(), []);
  });

  it('shows the scene of each intent, or the one that is named', async () => {
    await lab.adapter.apply([switchTo('LIVE')]);
    await lab.adapter.apply([switchTo('BRB')]);
    await lab.adapter.apply([switchTo('OFFLINE')]);
    lab.obs.user.addScene('Desk');
    await lab.adapter.apply([switchTo('HOLD', 'Desk')]);
    assert.deepEqual(
      lab.drives(),
      ['Live', 'BRB', 'Offline', 'Desk'].map((scene) => `SetCurrentProgramScene ${scene}`),
    );
    assert.equal(lab.obs.studio.current, 'Desk');
  });

  it('leaves OBS alone with a HOLD without a scene and with notices', async () => {
    await lab.adapter.apply([switchTo('HOLD'), { type: 'notice', code: 'irl_denied', message: 'No.' }]);
    assert.deepEqual(lab.drives(), []);
  });

  it('restarts the media source at each recovery, the second included, behind the switch to LIVE', async () => {
    const played: string[] = [];
    for (const _recovery of [1, 2]) {
      await lab.adapter.apply([switchTo('BRB')]);
      lab.obs.user.endMedia('Feed');
      await lab.adapter.apply([switchTo('LIVE'), REFRESH]);
      played.push(String(lab.obs.studio.inputs.get('Feed')?.media?.state));
    }
    assert.deepEqual(played, ['OBS_MEDIA_STATE_PLAYING', 'OBS_MEDIA_STATE_PLAYING']);
    const recovery = ['SetCurrentProgramScene BRB', 'SetCurrentProgramScene Live', RESTART];
    assert.deepEqual(lab.drives(), [...recovery, ...recovery]);
  });

  it('sends one switch at a time, and of several that wait only the last', async () => {
    const go = lab.obs.stall();
    const first = lab.adapter.apply([switchTo('LIVE')]);
    await eventually(() => assert.equal(lab.drives().length, 1));
    const others = [lab.adapter.apply([switchTo('OFFLINE')]), lab.adapter.apply([switchTo('BRB')])];
    assert.deepEqual(lab.drives(), ['SetCurrentProgramScene Live']);
    go();
    lab.take();
    await Promise.all([first, ...others]);
    // The engine, which wants another by now, would take the first for the user's.
    assert.deepEqual(lab.take(), ['scene BRB changed']);
    assert.deepEqual(lab.drives(), ['SetCurrentProgramScene Live', 'SetCurrentProgramScene BRB']);
    assert.equal(lab.obs.studio.current, 'BRB');
  });

  it('reports a scene that a command named and OBS does not have as a protocol error, and goes on', async () => {
    lab.take();
    await lab.adapter.apply([switchTo('HOLD', 'Nowhere')]);
    assert.deepEqual(lab.take(), ['protocol error: There is no scene Nowhere.']);
    await lab.adapter.apply([switchTo('BRB')]);
    assert.deepEqual(lab.take(), ['scene BRB changed']);
  });

  it('reports refusals of switches and of media, and answers outside the protocol, as protocol errors', async () => {
    lab.take();
    lab.obs.faults.refuse.SetCurrentProgramScene = { code: 207, comment: 'busy' };
    lab.obs.faults.refuse.TriggerMediaInputAction = { code: 600, comment: 'no input' };
    await lab.adapter.apply([switchTo('BRB'), REFRESH]);
    assert.deepEqual(lab.take(), ['protocol error: busy', 'protocol error: no input']);

    lab.obs.faults.refuse = {};
    lab.obs.faults.answer.GetCurrentProgramScene = { sceneName: 7 };
    await lab.adapter.apply([switchTo('BRB')]);
    assert.deepEqual(lab.take(), ['protocol error: GetCurrentProgramScene: the answer names no scene']);
  });

  it('probes a while after the last of several protocol errors, so that the probe counts', async () => {
    lab.take();
    await lab.adapter.apply([switchTo('HOLD', 'Nowhere')]);
    await lab.timers.advance(900);
    await lab.adapter.apply([switchTo('HOLD', 'Nowhere')]);
    await lab.timers.advance(900);
    assert.deepEqual(
      lab.take().filter((input) => input.startsWith('probe')),
      [],
    );
    await lab.timers.advance(100);
    assert.deepEqual(await lab.takeProbed(), ['probe true']);
  });

  it('needs no media source', async () => {
    const other = await startAdapterLab({ mediaInput: undefined });
    try {
      await other.adapter.start();
      await other.adapter.apply([switchTo('LIVE'), REFRESH]);
      assert.deepEqual(other.drives(), ['SetCurrentProgramScene Live']);
    } finally {
      await other.close();
    }
  });

  it('feeds nothing and drives nothing once it is stopped', async () => {
    lab.take();
    lab.adapter.stop();
    await lab.adapter.apply([switchTo('LIVE')]);
    lab.obs.user.show('BRB');
    await lab.heard();
    assert.deepEqual(lab.take(), []);
    assert.deepEqual(lab.drives(), []);
  });
});
