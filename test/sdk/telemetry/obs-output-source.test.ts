import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import {
  createObsOutputSource,
  type ObsClient,
  type ObsOutputSourceOptions,
} from '../../../src/sdk/telemetry/index.ts';
import { createManualTimers } from '../../support/manual-timers.ts';

/** OBS with a stream and a recording; `status` is of the stream. */
function createFakeObs() {
  const listeners = new Map<string, (data: unknown) => void>();
  const calls: string[] = [];
  const status = {
    outputActive: true,
    outputBytes: 0,
    outputSkippedFrames: 0,
    outputTotalFrames: 0,
    outputDuration: 0,
  };
  const fake = {
    calls,
    listeners,
    status,
    isActive: true,
    /** Takes a call over. */
    answer: undefined as ((type: string) => Promise<unknown>) | undefined,
    async call(type: string, data?: Record<string, unknown>): Promise<unknown> {
      calls.push(data ? `${type} ${data.outputName}` : type);
      if (fake.answer) return await fake.answer(type);
      if (type === 'GetStats') return { activeFps: 59.94, averageFrameRenderTime: 3.5 };
      if (type === 'GetOutputStatus') return { ...status };
      const size = { outputWidth: 1920, outputHeight: 1080 };
      return {
        outputs: [
          { outputName: 'simple_stream', outputKind: 'rtmp_output', outputActive: fake.isActive, ...size },
          { outputName: 'simple_file_output', outputKind: 'ffmpeg_muxer', outputActive: false },
          null,
          { outputName: 5 },
        ],
      };
    },
    on: (event: string, listener: (data: unknown) => void) => listeners.set(event, listener),
    off: (event: string) => listeners.delete(event),
  };
  return fake satisfies ObsClient;
}

function start(options: Partial<ObsOutputSourceOptions> = {}) {
  const obs = createFakeObs();
  const timers = createManualTimers();
  const source = createObsOutputSource({ obs, timers, ...options });
  const state = () => source.getSnapshot();
  const outputs = () => state().model?.groups.flatMap((group) => group.outputs) ?? [];
  async function step(change: Partial<typeof obs.status> = {}, ms = 2000) {
    Object.assign(obs.status, change);
    await timers.advance(ms);
    return outputs()[0];
  }
  source.start();
  return { obs, timers, source, state, outputs, step };
}

describe('The source of outputs through obs-websocket', () => {
  it('asks for the list, the statistics, and the status of active outputs', async () => {
    const { obs, outputs, step } = start();
    await step({ outputTotalFrames: 1000 }, 0);
    assert.deepEqual(obs.calls, ['GetOutputList', 'GetStats', 'GetOutputStatus simple_stream']);
    assert.deepEqual(outputs()[0], {
      id: 'simple_stream',
      name: 'simple_stream',
      active: true,
      bitrateKbps: null,
      dropPct: 0,
      fps: 59.94,
      encodingLagMs: 3.5,
      encoder: null,
      group: null,
      resolution: '1920x1080',
      hidden: false,
      status: 'healthy',
    });
    const { bitrateKbps, fps, encodingLagMs, dropPct, status, resolution } = outputs()[1] ?? assert.fail();
    assert.deepEqual(
      [bitrateKbps, fps, encodingLagMs, dropPct, status, resolution],
      [0, null, null, null, 'offline', null],
    );
  });

  it('computes the bitrate from bytes, and clamps one that restarts', async () => {
    const { step } = start();
    await step({ outputBytes: 1_000_000 }, 0);
    assert.equal((await step({ outputBytes: 2_500_000 }))?.bitrateKbps, 6000);
    assert.equal((await step({ outputBytes: 10_000 }))?.bitrateKbps, 0);
    assert.equal((await step({ outputBytes: 260_000 }))?.bitrateKbps, 1000);
  });

  it('takes counters that OBS keeps of an output that ended for nothing', async () => {
    const { obs, state, step } = start();
    await step({ outputBytes: 1_000_000 }, 0);
    obs.isActive = false;
    assert.deepEqual([(await step())?.bitrateKbps, state().model?.groups[0]?.totalBitrateKbps], [0, 0]);
    obs.isActive = true;
    assert.equal((await step({ outputBytes: 1500 }))?.bitrateKbps, null);
  });

  it('believes the status of an output that ended behind the list, and not its counters', async () => {
    const { step } = start();
    await step({ outputBytes: 1_000_000 }, 0);
    const ended = await step({ outputBytes: 9_000_000, outputActive: false });
    assert.deepEqual([ended?.status, ended?.bitrateKbps], ['offline', 0]);
    assert.equal((await step({ outputBytes: 1500, outputActive: true }))?.bitrateKbps, null);
  });

  it('counts dropped frames over the last five polls, at first since the start', async () => {
    const { step } = start();
    assert.equal((await step({ outputSkippedFrames: 50, outputTotalFrames: 1000 }, 0))?.status, 'critical');
    const status = async (skipped: number, total: number) =>
      (await step({ outputSkippedFrames: skipped, outputTotalFrames: total }))?.dropPct;
    assert.equal(await status(52, 1100), 0.02);
    assert.equal(await status(52, 1200), 0.01);
    for (const total of [1300, 1400, 1500]) await status(52, total);
    assert.equal(await status(52, 1600), 0);
    assert.equal(await status(1, 100), 0.01);
  });

  it('is stale when OBS does not answer, absent at the fifth time, and begins anew then', async () => {
    const { obs, state, step } = start();
    await step({ outputBytes: 1000 }, 0);
    obs.answer = async () => Promise.reject(new Error('Not connected'));
    await step();
    assert.deepEqual([state().status, state().model?.counts.total], ['stale', 2]);
    await step({}, 6000);
    assert.equal(state().status, 'stale');
    await step();
    assert.deepEqual(state(), { status: 'absent', atMs: null, model: null });
    obs.answer = undefined;
    assert.equal((await step({ outputBytes: 9_000_000 }))?.bitrateKbps, null);
    assert.equal(state().status, 'fresh');
  });

  it('is stale at once when the connection closes, and counts anew behind it', async () => {
    const { obs, state, step } = start();
    await step({}, 0);
    obs.listeners.get('ConnectionClosed')?.({});
    assert.equal(state().status, 'stale');
    assert.equal((await step({ outputBytes: 9_000_000 }))?.bitrateKbps, null);
  });

  it('tells what it knows when OBS refuses a part', async () => {
    const { obs, step } = start();
    await step({}, 0);
    obs.answer = async (type) => {
      if (type !== 'GetOutputList') throw new Error('not found');
      return { outputs: [{ outputName: 'a', outputActive: true }] };
    };
    const output = await step();
    assert.deepEqual([output?.id, output?.status, output?.bitrateKbps, output?.fps], ['a', null, null, null]);
  });

  it('asks no second time while OBS has not answered, and gives up behind the time limit', async () => {
    const { obs, state, step } = start({ timeoutMs: 5000 });
    await step({}, 0);
    obs.answer = () => new Promise(() => undefined);
    obs.calls.length = 0;
    await step({}, 6999);
    assert.deepEqual([obs.calls.length, state().status], [1, 'fresh']);
    await step({}, 1);
    assert.equal(state().status, 'stale');
  });

  it('takes names, groups and hidden ones from its user, and survives his errors', async () => {
    const { state, step } = start({
      describe({ name }) {
        if (name === 'simple_stream') return { name: 'Twitch', group: 'Horizontal', encoder: 'nvenc' };
        if (name === 'simple_file_output') return { hidden: true };
        throw new Error('unknown');
      },
    });
    const output = await step({}, 0);
    assert.deepEqual([output?.name, output?.group, output?.encoder], ['Twitch', 'Horizontal', 'nvenc']);
    assert.equal(state().model?.hidden[0]?.id, 'simple_file_output');
    const failing = start({ describe: () => assert.fail('always') });
    assert.equal((await failing.step({}, 0))?.name, 'simple_stream');
  });

  for (const how of ['stop', 'signal'] as const) {
    it(`ends by ${how} and listens no more`, async () => {
      const controller = new AbortController();
      const { obs, source, state, step } = start({ signal: controller.signal });
      await step({}, 0);
      if (how === 'stop') source.stop();
      else controller.abort();
      obs.calls.length = 0;
      await step({}, 60_000);
      const heard = getEventListeners(controller.signal, 'abort').length;
      assert.deepEqual([obs.calls.length, obs.listeners.size, heard], [0, 0, 0]);
      assert.deepEqual([state().status, state().model?.counts.total], ['stale', 2]);
    });
  }
});
