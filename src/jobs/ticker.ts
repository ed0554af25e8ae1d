import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { runInContext } from '../observability/work-context.ts';

/** Something that is done again and again. */
export interface Tick {
  name: string;
  everyMs: number;
  run(): Promise<void>;
  /** Whether the run that is due is this process's to do; absent: each process does its own. */
  claim?: () => Promise<boolean>;
}

export interface Ticker {
  /** Ends the repetition and waits for the run that is under way. */
  stop(): Promise<void>;
}

/**
 * Runs each tick at its pace, never twice at a time in this process; a failed run is logged and the next one tries again.
 * One that another process does leaves no trace in the metrics.
 */
export function startTicker(ticks: readonly Tick[], logger: Logger, metrics: Metrics): Ticker {
  const under = new Map<Tick, Promise<void>>();
  const timers = ticks.map((tick) =>
    setInterval(() => {
      if (under.has(tick)) return;
      const run = runInContext(
        () => ({ job: tick.name }),
        () => runIfOurs(tick),
      )
        .then(
          (isOurs) => {
            if (!isOurs) return;
            metrics.jobs.inc({ task: tick.name, outcome: 'completed' });
            metrics.lastSuccess.setToCurrentTime({ task: tick.name });
          },
          (err) => {
            metrics.jobs.inc({ task: tick.name, outcome: 'failed' });
            logger.warn({ tick: tick.name, err }, 'tick_failed');
          },
        )
        .finally(() => under.delete(tick));
      under.set(tick, run);
    }, tick.everyMs),
  );
  return {
    async stop() {
      timers.forEach(clearInterval);
      await Promise.all(under.values());
    },
  };
}

async function runIfOurs(tick: Tick): Promise<boolean> {
  if (tick.claim && !(await tick.claim())) return false;
  await tick.run();
  return true;
}
