import type { Observed } from './observed-fetch.ts';
import { percentile } from './trend.ts';

/** How fast an operation was answered, as plugins see it. */
export interface OperationFigures {
  operation: string;
  requests: number;
  p50_ms: number;
  p99_ms: number;
  max_ms: number;
}

/** How fast everything was answered in a short time; held polls aren't among it. */
export interface Moment {
  second: number;
  per_second: number;
  p50: number;
  p99: number;
}

/** Collects how long answers took. */
export interface Latencies {
  add(answers: Observed['answers']): void;
  /** What came since the last moment. */
  moment(second: number): Moment;
  operations(): OperationFigures[];
  /** All answers so far. */
  count(): number;
}

export function createLatencies(): Latencies {
  const all = new Map<string, number[]>();
  let recent: number[] = [];
  let recentCount = 0;
  let count = 0;
  let before = 0;
  return {
    add(answers) {
      for (const [operation, times] of Object.entries(answers)) {
        const known = all.get(operation);
        if (known) for (const time of times) known.push(time);
        else all.set(operation, times);
        count += times.length;
        recentCount += times.length;
        if (!operation.endsWith('held')) recent.push(...times);
      }
    },
    moment(second) {
      const sorted = recent.sort((a, b) => a - b);
      const per_second = Math.round(recentCount / Math.max(1, second - before));
      const moment = { second, per_second, p50: percentile(sorted, 50), p99: percentile(sorted, 99) };
      recent = [];
      recentCount = 0;
      before = second;
      return moment;
    },
    operations: () =>
      [...all]
        .map(([operation, times]) => {
          const sorted = times.toSorted((a, b) => a - b);
          const [p50_ms, p99_ms, max_ms] = [50, 99, 100].map((percent) => percentile(sorted, percent)) as [
            number,
            number,
            number,
          ];
          return { operation, requests: times.length, p50_ms, p99_ms, max_ms };
        })
        .sort((a, b) => b.requests - a.requests),
    count: () => count,
  };
}
