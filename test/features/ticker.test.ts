import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { startTicker, type Tick } from '../../src/jobs/ticker.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';

/** Lets everything run that waits for nothing but promises that are settled. */
const settleAll = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the ticker', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  function start(...ticks: Tick[]) {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
    const metrics = createMetrics();
    return { ticker: startTicker(ticks, logger, metrics), lines, metrics };
  }

  async function pass(ms: number): Promise<void> {
    mock.timers.tick(ms);
    await settleAll();
  }

  it('runs each tick at its own pace, first after one interval', async () => {
    const runs = { slow: 0, quick: 0 };
    const count = (name: 'slow' | 'quick') => async () => {
      runs[name] += 1;
    };
    const { ticker } = start(
      { name: 'slow', everyMs: 1000, run: count('slow') },
      { name: 'quick', everyMs: 250, run: count('quick') },
    );
    await pass(249);
    assert.deepEqual(runs, { slow: 0, quick: 0 });
    for (let passed = 250; passed <= 2000; passed += 250) await pass(250);
    assert.deepEqual(runs, { slow: 2, quick: 8 });
    await ticker.stop();
  });

  it('never runs a tick twice at a time', async () => {
    const held = Promise.withResolvers<void>();
    let begun = 0;
    const run = () => {
      begun += 1;
      return held.promise;
    };
    const { ticker } = start({ name: 'long', everyMs: 10, run });
    for (let round = 0; round < 5; round += 1) await pass(10);
    assert.equal(begun, 1);
    held.resolve();
    await settleAll();
    await pass(10);
    assert.equal(begun, 2);
    await ticker.stop();
  });

  it('goes on after a failure, which it logs and counts', async () => {
    let runs = 0;
    const run = async () => {
      runs += 1;
      if (runs === 1) throw new Error('no luck');
    };
    const { ticker, lines, metrics } = start({ name: 'shaky', everyMs: 10, run });
    await pass(10);
    await pass(10);
    assert.equal(runs, 2);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ msg, tick, err }) => [msg, tick, err.message]),
      [['tick_failed', 'shaky', 'no luck']],
    );
    const { values } = await metrics.jobs.get();
    assert.deepEqual(
      values.map(({ labels, value }) => [labels.task, labels.outcome, value]),
      [
        ['shaky', 'failed', 1],
        ['shaky', 'completed', 1],
      ],
    );
    await ticker.stop();
  });

  it('leaves to another process what it may not claim, and counts only its own runs', async () => {
    const answers = [false, true, false];
    let runs = 0;
    const run = async () => {
      runs += 1;
    };
    const { ticker, metrics } = start({
      name: 'shared',
      everyMs: 10,
      run,
      claim: async () => answers.shift() ?? false,
    });
    await pass(10);
    assert.deepEqual([runs, (await metrics.jobs.get()).values], [0, []]);
    await pass(10);
    await pass(10);
    const { values } = await metrics.jobs.get();
    assert.deepEqual([runs, values.map(({ value }) => value), answers], [1, [1], []]);
    await ticker.stop();
  });

  it('waits at its stop for the run under way, and begins no other', async () => {
    const held = Promise.withResolvers<void>();
    let begun = 0;
    const run = () => {
      begun += 1;
      return held.promise;
    };
    const { ticker } = start({ name: 'long', everyMs: 10, run });
    await pass(10);
    let stopped = false;
    const stopping = ticker.stop().then(() => {
      stopped = true;
    });
    await pass(100);
    assert.deepEqual({ begun, stopped }, { begun: 1, stopped: false });
    held.resolve();
    await stopping;
    await pass(100);
    assert.deepEqual({ begun, stopped }, { begun: 1, stopped: true });
  });
});
