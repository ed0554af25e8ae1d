import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { Job, PgBoss } from 'pg-boss';
import { pino } from 'pino';
import { JOB_CHANNEL } from '../../src/jobs/job-queue.ts';
import { type JobHandlers, type JobRunner, startJobRunner } from '../../src/jobs/job-runner.ts';
import { createMetrics } from '../../src/observability/metrics.ts';

const CONCURRENCY = {
  'relay-provision': 2,
  'relay-deprovision': 1,
  'relay-migrate': 1,
  'relay-dns': 1,
  'billing-event': 1,
};

describe('the job runner, with its clock standing still', () => {
  let stored: Job<object>[];
  let notify: (name: string) => void;
  let runner: JobRunner;
  let taken: string[];
  /** Resolves with the next job that is taken. */
  let nextTaken: PromiseWithResolvers<void>;
  let release: PromiseWithResolvers<void>;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    stored = [];
    taken = [];
    nextTaken = Promise.withResolvers();
    release = Promise.withResolvers();
    const take = async ({ sessionId }: { sessionId: string }) => {
      taken.push(sessionId);
      nextTaken.resolve();
      nextTaken = Promise.withResolvers();
      await release.promise;
    };
    const idle = async () => {};
    runner = startJobRunner({
      boss: {
        fetch: async (name: string, { batchSize }: { batchSize: number }) =>
          name === 'relay-provision' ? stored.splice(0, batchSize) : [],
        complete: idle,
      } as unknown as PgBoss,
      handlers: {
        'relay-provision': take,
        'relay-deprovision': idle,
        'relay-migrate': idle,
        'relay-dns': idle,
        'billing-event': idle,
      } satisfies JobHandlers,
      listener: {
        on(channel: string, handler: (name: string) => void) {
          assert.equal(channel, JOB_CHANNEL);
          notify = handler;
          return () => {};
        },
        onReconnect: () => () => {},
      } as never,
      logger: pino({ level: 'silent' }),
      metrics: createMetrics(),
      concurrency: CONCURRENCY,
    });
  });

  afterEach(async () => {
    release.resolve();
    await runner.stop();
    mock.timers.reset();
  });

  const store = (sessionId: string) => void stored.push({ id: sessionId, data: { sessionId } } as Job<object>);

  /** Lets everything happen that waits for nothing but its turn. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('takes a job that is stored without waiting for the next look', async () => {
    await settle();
    const told = nextTaken.promise;
    store('first');
    notify('relay-provision');
    await told;
    assert.deepEqual(taken, ['first']);
  });

  it('takes the next job while the one before is still under way, up to the limit, and the rest as soon as there is room', async () => {
    await settle();
    for (const id of ['1', '2', '3']) store(id);
    notify('relay-provision');
    await settle();
    assert.deepEqual(taken, ['1', '2']);
    const told = nextTaken.promise;
    release.resolve();
    await told;
    assert.deepEqual(taken, ['1', '2', '3']);
  });
});
