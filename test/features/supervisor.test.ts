import assert from 'node:assert/strict';
import { pino } from 'pino';
import type { Ending, Forked } from '../../src/cluster/forked.ts';
import type { Answers } from '../../src/cluster/messages.ts';
import { sumMetrics } from '../../src/cluster/sum-metrics.ts';
import { createSupervisor } from '../../src/cluster/supervisor.ts';
import { eventually } from '../support/eventually.ts';

const NAME = 'telemy_http_requests_total';

/** A process that has counted so many requests, answers unless it is busy, and ends when it is told. */
function fakeProcess(count: number) {
  const gone = Promise.withResolvers<Ending>();
  let busy = Promise.resolve();
  let isGone = false;
  const metrics = [
    { name: NAME, help: NAME, type: 'counter', aggregator: 'sum', values: [{ value: count, labels: {} }] },
  ] as unknown as Answers['metrics'];
  const forked: Forked = {
    role: 'api',
    pid: count,
    started: Promise.resolve({ url: 'http://127.0.0.1:1' }),
    gone: gone.promise,
    async ask(what) {
      await Promise.race([busy, gone.promise]);
      return what === 'metrics' && !isGone ? (metrics as never) : undefined;
    },
    end: () => fall(),
  };
  const fall = () => {
    isGone = true;
    gone.resolve({ code: 0, signal: null, why: undefined, livedMs: 1 });
  };
  /** Has it be busy until what is returned is called. */
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    busy = promise;
    return resolve;
  };
  return { forked, hold, fall };
}

describe('the counts of several processes', () => {
  it('hold each request once, even if a process ends while the others answer', async () => {
    const [one, other, next] = [fakeProcess(100), fakeProcess(10), fakeProcess(0)];
    const waiting = [one, other, next];
    const supervisor = createSupervisor({
      groups: [['api', 'api']],
      fork: () => (waiting.shift() as typeof one).forked,
      logger: pino({ level: 'silent' }),
    });
    const sum = async () => {
      const all = await sumMetrics(await supervisor.counted()).getMetricsAsJSON();
      return all.find(({ name }) => name === NAME)?.values[0]?.value;
    };
    await supervisor.start();
    assert.equal(await sum(), 110);

    const answer = other.hold();
    const during = supervisor.counted();
    one.fall();
    await eventually(async () => assert.equal(waiting.length, 0));
    answer();
    const all = await sumMetrics(await during).getMetricsAsJSON();
    assert.equal(all.find(({ name }) => name === NAME)?.values[0]?.value, 110);

    assert.equal(await sum(), 110);
    await supervisor.end();
  });
});
