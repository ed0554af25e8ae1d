import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Counted } from '../observability/metrics.ts';

/**
 * Of these the library would tell the average, which hides a process that is stuck, or nothing. The newest start tells
 * of each process that was started again.
 */
const HIGHEST = /^(nodejs_eventloop_lag_|process_start_time_seconds$)/;
const GROWING = ['counter', 'histogram'];

/** Adds up what several processes have counted; each metric says itself if it isn't a sum. */
export function sumMetrics(all: readonly Counted[]): Registry {
  const told = all.map((counted) =>
    counted.map((metric) => (HIGHEST.test(metric.name) ? { ...metric, aggregator: 'max' as const } : metric)),
  );
  return AggregatorRegistry.aggregate(told);
}

/**
 * What stays of a process that has ended: its counters. Without them the sum would fall, and Prometheus would take all
 * that the others have counted for new.
 */
export function keepGrowing(counted: Counted): Counted {
  return counted.filter(({ type }) => GROWING.includes(String(type)));
}
