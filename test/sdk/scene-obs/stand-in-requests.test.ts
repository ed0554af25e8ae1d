import assert from 'node:assert/strict';
import { OBSWebSocket } from 'obs-websocket-js/json';
import { eventually } from '../../support/eventually.ts';
import { INTENT, type ObsStandIn, OP, startObsStandIn } from '../../support/obs-websocket/index.ts';
import { identifyRaw } from './raw-client.ts';

const RESTART = 'OBS_WEBSOCKET_MEDIA_INPUT_ACTION_RESTART';

describe('The stand-in for OBS: requests and events', () => {
  let obs: ObsStandIn;
  let client: OBSWebSocket;

  beforeEach(async () => {
    obs = await startObsStandIn();
    client = new OBSWebSocket();
    await client.connect(obs.url);
  });

  afterEach(async () => {
    await client.disconnect();
    await obs.close();
  });

  it('lists scenes from the bottom and shows what it is told to', async () => {
    const { scenes, currentProgramSceneName } = await client.call('GetSceneList');
    assert.deepEqual(
      scenes.map((scene) => [scene.sceneIndex, scene.sceneName]),
      [
        [0, 'Offline'],
        [1, 'BRB'],
        [2, 'Live'],
      ],
    );
    assert.equal(currentProgramSceneName, 'Offline');
    await client.call('SetCurrentProgramScene', { sceneName: 'Live' });
    assert.equal((await client.call('GetCurrentProgramScene')).currentProgramSceneName, 'Live');
    assert.equal(obs.studio.current, 'Live');
    assert.deepEqual(obs.requests[1], { type: 'SetCurrentProgramScene', data: { sceneName: 'Live' } });
  });

  const REFUSED: [string, object | undefined, number][] = [
    ['Nope', undefined, 204],
    ['toString', undefined, 204],
    ['SetCurrentProgramScene', undefined, 301],
    ['SetCurrentProgramScene', {}, 300],
    ['SetCurrentProgramScene', { sceneName: 3 }, 401],
    ['SetCurrentProgramScene', { sceneName: '' }, 403],
    ['SetCurrentProgramScene', { sceneName: 'missing' }, 600],
    ['SetCurrentProgramScene', { sceneName: 'Feed' }, 602],
    ['GetInputSettings', { inputName: 'missing' }, 600],
    ['GetInputSettings', { inputName: 'Live' }, 602],
    ['SetInputSettings', { inputName: 'Feed', inputSettings: 3 }, 401],
    ['SetInputSettings', { inputName: 'Feed', inputSettings: {}, overlay: 1 }, 401],
    ['TriggerMediaInputAction', { inputName: 'Feed' }, 300],
    ['TriggerMediaInputAction', { inputName: 'Feed', mediaAction: 'x' }, 400],
    ['GetOutputStatus', { outputName: 'missing' }, 600],
  ];
  for (const [type, data, code] of REFUSED) {
    it(`refuses ${type} with ${JSON.stringify(data) ?? 'no data'} with status ${code}, the connection stays`, async () => {
      const call = client.call.bind(client) as (type: string, data?: object) => Promise<unknown>;
      await assert.rejects(call(type, data), { code });
      assert.equal(client.identified, true);
    });
  }

  it('restarts media, and tells how it plays', async () => {
    const heard: string[] = [];
    client.on('MediaInputPlaybackEnded', ({ inputName }) => heard.push(`${inputName} ended`));
    client.on('MediaInputActionTriggered', ({ mediaAction }) => heard.push(mediaAction));
    obs.user.endMedia('Feed');
    assert.equal((await client.call('GetMediaInputStatus', { inputName: 'Feed' })).mediaState, 'OBS_MEDIA_STATE_ENDED');
    await client.call('TriggerMediaInputAction', { inputName: 'Feed', mediaAction: RESTART });
    const { mediaState } = await client.call('GetMediaInputStatus', { inputName: 'Feed' });
    assert.equal(mediaState, 'OBS_MEDIA_STATE_PLAYING');
    assert.deepEqual(heard, ['Feed ended', RESTART]);
  });

  it('lays settings of an input over each other, or replaces them', async () => {
    await client.call('SetInputSettings', { inputName: 'Feed', inputSettings: { a: 1 } });
    await client.call('SetInputSettings', { inputName: 'Feed', inputSettings: { b: 2 } });
    const both = await client.call('GetInputSettings', { inputName: 'Feed' });
    assert.deepEqual(both, { inputKind: 'ffmpeg_source', inputSettings: { a: 1, b: 2 } });
    await client.call('SetInputSettings', { inputName: 'Feed', inputSettings: { c: 3 }, overlay: false });
    assert.deepEqual((await client.call('GetInputSettings', { inputName: 'Feed' })).inputSettings, { c: 3 });
    const { inputs } = await client.call('GetInputList', { inputKind: 'color_source_v3' });
    assert.deepEqual(
      inputs.map((input) => [input.inputName, input.unversionedInputKind]),
      [['Backdrop', 'color_source']],
    );
  });

  it('shows outputs with the counters that a test gives them', async () => {
    const output = obs.studio.outputs.get('adv_stream');
    assert.ok(output);
    Object.assign(output, { bytes: 1_250_000, durationMs: 3_723_004, skippedFrames: 2, totalFrames: 300 });
    const status = await client.call('GetOutputStatus', { outputName: 'adv_stream' });
    assert.equal(status.outputBytes, 1_250_000);
    assert.equal(status.outputTimecode, '01:02:03.004');
    assert.deepEqual(await client.call('GetStreamStatus'), status);
    const { outputs } = await client.call('GetOutputList');
    assert.deepEqual(
      outputs.map((each) => [each.outputName, each.outputActive]),
      [['adv_stream', true]],
    );
    obs.studio.stats.activeFps = 59.94;
    assert.equal((await client.call('GetStats')).activeFps, 59.94);
  });

  it('executes a batch in its order, up to the first failure if it is asked to', async () => {
    const requests = [
      { requestType: 'SetCurrentProgramScene', requestData: { sceneName: 'BRB' } },
      { requestType: 'SetCurrentProgramScene', requestData: { sceneName: 'missing' } },
      { requestType: 'SetCurrentProgramScene', requestData: { sceneName: 'Live' } },
    ] as const;
    const codes = (results: { requestStatus: { code: number } }[]) => results.map((each) => each.requestStatus.code);
    assert.deepEqual(codes(await client.callBatch([...requests])), [100, 600, 100]);
    assert.deepEqual(codes(await client.callBatch([...requests], { haltOnFailure: true })), [100, 600]);
    assert.equal(obs.studio.current, 'BRB');
  });

  it('sends only the events that were subscribed to, as they are after a Reidentify', async () => {
    const raw = await identifyRaw(obs.url, undefined, { eventSubscriptions: INTENT.outputs });
    obs.user.show('Live');
    obs.user.setStream(false);
    const first = await raw.next();
    assert.deepEqual([first.op, first.d.eventType, first.d.eventIntent], [OP.event, 'StreamStateChanged', 64]);
    raw.send({ op: OP.reidentify, d: { eventSubscriptions: INTENT.scenes | INTENT.general } });
    assert.equal((await raw.next()).op, OP.identified);
    obs.user.setStream(true);
    obs.user.show('BRB');
    assert.deepEqual((await raw.next()).d.eventData.sceneName, 'BRB');
    obs.user.addScene('Desk');
    assert.equal((await raw.next()).d.eventData.scenes[0].sceneName, 'Desk');
    obs.user.exit();
    assert.equal((await raw.next()).d.eventType, 'ExitStarted');
    assert.equal(await raw.closed, 1001);
  });

  it('says which scene it shows at the end of a fade, and nothing of a scene that another followed before', async () => {
    const heard: string[] = [];
    client.on('CurrentProgramSceneChanged', ({ sceneName }) => heard.push(sceneName));
    obs.studio.transition = 'fade';
    await client.call('SetCurrentProgramScene', { sceneName: 'BRB' });
    await client.call('SetCurrentProgramScene', { sceneName: 'Live' });
    assert.equal((await client.call('GetCurrentProgramScene')).currentProgramSceneName, 'Live');
    assert.deepEqual(heard, []);
    obs.user.finishTransition();
    await client.call('GetVersion');
    assert.deepEqual(heard, ['Live']);
  });

  it('keeps events back and turns them round, refuses requests, and leaves them unanswered, as a test wants it', async () => {
    const heard: string[] = [];
    client.on('CurrentProgramSceneChanged', ({ sceneName }) => heard.push(sceneName));
    const release = obs.holdEvents();
    obs.user.show('BRB');
    obs.user.show('Live');
    await client.call('GetVersion');
    assert.deepEqual(heard, []);
    release('reversed');
    await client.call('GetVersion');
    assert.deepEqual(heard, ['Live', 'BRB']);

    obs.faults.refuse.GetStats = { code: 207, comment: 'not ready' };
    await assert.rejects(client.call('GetStats'), { code: 207, message: 'not ready' });

    let answered = false;
    const go = obs.stall();
    const stalled = client.call('GetVersion').then(() => {
      answered = true;
    });
    await eventually(() => assert.equal(obs.requests.filter(({ type }) => type === 'GetVersion').length, 3));
    assert.equal(answered, false);
    go();
    await stalled;
  });

  it('cuts a connection at a request, before or behind what it does', async () => {
    const lost = () => new Promise((resolve) => client.once('ConnectionClosed', resolve));
    obs.faults.drop.SetCurrentProgramScene = 'before';
    let closed = lost();
    void client.call('SetCurrentProgramScene', { sceneName: 'Live' });
    await closed;
    assert.equal(obs.studio.current, 'Offline');

    await client.connect(obs.url);
    obs.faults.drop.SetCurrentProgramScene = 'after';
    closed = lost();
    void client.call('SetCurrentProgramScene', { sceneName: 'Live' });
    await closed;
    assert.equal(obs.studio.current, 'Live');
  });
});
