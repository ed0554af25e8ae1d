import type { Job, PgBoss } from 'pg-boss';
import { createBatcher } from '../batcher.ts';
import type { NotificationListener } from '../database/listener.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { inSpan, type Tracer } from '../observability/tracing/tracer.ts';
import { runInContext, type WorkContext } from '../observability/work-context.ts';
import { JOB_CHANNEL, type JobData, type JobName, type StoredData } from './job-queue.ts';

/** Does one job. Throwing makes it run again later. */
export type JobHandler<Name extends JobName> = (data: JobData[Name], signal: AbortSignal) => Promise<void>;

export type JobHandlers = { [Name in JobName]: JobHandler<Name> };

export interface JobRunner {
  /** Takes no more jobs, tells those under way to come to an end, and waits for them. */
  stop(): Promise<void>;
}

export interface JobRunnerOptions {
  boss: PgBoss;
  handlers: JobHandlers;
  listener: NotificationListener;
  logger: Logger;
  metrics: Metrics;
  tracer?: Tracer | undefined;
  /** Most jobs of each kind at once. */
  concurrency: Readonly<Record<JobName, number>>;
}

/** Looks for jobs this often even when nobody woke us, in milliseconds. */
const POLL_MS = 1_000;
/** Reports the jobs in hand this often, in milliseconds; well within the queue's heartbeat. */
const TOUCH_MS = 3_000;
/** Most jobs taken with one query. */
const BATCH = 100;

/**
 * Runs jobs as they come: woken by NOTIFY, and by a slow poll in case one was missed. pg-boss's own worker would wait
 * for the slowest job of a batch before it looks for the next.
 */
export function startJobRunner(options: JobRunnerOptions): JobRunner {
  const names = Object.keys(options.handlers) as JobName[];
  const lanes = names.map((name) => startLane(name, options));
  const wakeAll = () => {
    for (const lane of lanes) lane.wake();
  };
  const unsubscribe = [
    options.listener.on(JOB_CHANNEL, (name) => lanes.find((lane) => lane.name === name)?.wake()),
    options.listener.onReconnect(wakeAll),
  ];
  return {
    async stop() {
      for (const end of unsubscribe) end();
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

interface Lane {
  name: JobName;
  wake(): void;
  stop(): Promise<void>;
}

function startLane(name: JobName, { boss, handlers, logger, metrics, tracer, concurrency }: JobRunnerOptions): Lane {
  const running = new Map<string, { job: Job; done: Promise<void> }>();
  const stopping = new AbortController();
  let woken = false;
  let resume: (() => void) | undefined;

  const wake = (): void => {
    woken = true;
    resume?.();
  };

  // Jobs that end while others are being settled are settled together.
  const complete = createBatcher<Job>(async (jobs) => void (await boss.complete(name, jobs)), BATCH);
  const handle = handlers[name] as JobHandler<JobName>;

  /** @returns whether it came to a good end. */
  const run = async (job: Job, data: object): Promise<boolean> => {
    const done = metrics.jobDuration.startTimer({ task: name });
    try {
      await handle(data as never, stopping.signal);
      await complete(job);
      metrics.jobs.inc({ task: name, outcome: 'completed' });
      metrics.lastSuccess.setToCurrentTime({ task: name });
      return true;
    } catch (error) {
      metrics.jobs.inc({ task: name, outcome: 'failed' });
      if (!stopping.signal.aborted) logger.warn({ data, err: error }, 'job_failed');
      // If even this fails, the missing heartbeat gives the job to the next worker.
      await boss.fail(name, job, { message: String(error) }).catch((err) => logger.error({ err }, 'job_not_settled'));
      return false;
    } finally {
      done();
    }
  };

  const fetchSome = async (room: number): Promise<number> => {
    const jobs = await boss.fetch<object>(name, { batchSize: room });
    for (const job of jobs) {
      const { origin, ...data } = job.data as StoredData<JobName>;
      const { sessionId } = data as { sessionId?: string };
      const about: WorkContext = { ...origin, job: name, sessionId };
      const done = runInContext(
        () => about,
        () =>
          inSpan(tracer, `job ${name}`, { kind: 'consumer', parent: origin?.traceparent }, async (span) => {
            if (span) about.traceparent = span.traceparent;
            if (!(await run(job, data))) span?.fail('job_failed');
          }),
      ).finally(() => {
        running.delete(job.id);
        // There may be more than there was room for.
        wake();
      });
      running.set(job.id, { job, done });
    }
    return jobs.length;
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      woken = false;
      const room = Math.min(BATCH, concurrency[name] - running.size);
      let fetched = 0;
      if (room > 0) {
        fetched = await fetchSome(room).catch((err) => {
          logger.warn({ job: name, err }, 'jobs_not_fetched');
          return 0;
        });
      }
      if (room > 0 && fetched === room) continue;
      await sleepUntilWoken();
    }
  };

  const sleepUntilWoken = (): Promise<void> =>
    new Promise((resolve) => {
      if (woken) return resolve();
      const timer = setTimeout(resolve, POLL_MS);
      resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const touch = setInterval(() => {
    const jobs = [...running.values()].map(({ job }) => job);
    if (jobs.length > 0) boss.touch(name, jobs).catch((err) => logger.warn({ job: name, err }, 'jobs_not_touched'));
  }, TOUCH_MS);

  const finished = loop();

  return {
    name,
    wake,
    async stop() {
      stopping.abort();
      wake();
      await finished;
      await Promise.all([...running.values()].map(({ done }) => done));
      clearInterval(touch);
    },
  };
}
