import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createBackupMetrics } from './backup-metrics.ts';
import { createBillingMetrics } from './billing-metrics.ts';
import { createHttpMetrics } from './http-metrics.ts';
import { createRelayMetrics } from './relay-metrics.ts';
import { createWorkMetrics } from './work-metrics.ts';

/** Everything that is counted, in one registry per application. */
export type Metrics = ReturnType<typeof createMetrics>;

/** What is counted at this moment, in the form that Prometheus reads. */
export async function readAsText({ registry, atScrape }: Metrics): Promise<{ contentType: string; text: string }> {
  for (const read of atScrape) read();
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** What a process has counted, with the names of what it counts. */
export type Counted = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The same for whoever adds up what several processes count. */
export async function readCounted({ registry, atScrape }: Pick<Metrics, 'registry' | 'atScrape'>): Promise<Counted> {
  for (const read of atScrape) read();
  return registry.getMetricsAsJSON();
}

/** Makes the registry and its metrics. Labels have few values each, and none that a caller can choose. */
export function createMetrics() {
  const registry = new Registry();
  // Among them the lag of the event loop, the memory, and when the process started.
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    /** Called before the metrics are read out: for what is looked up only then. */
    atScrape: [] as (() => void)[],
    ...createHttpMetrics(registers),
    ...createRelayMetrics(registers),
    ...createBillingMetrics(registers),
    ...createWorkMetrics(registers),
    backup: createBackupMetrics(registers),
    buildInfo: new Gauge({
      name: 'telemy_build_info',
      help: '1; the versions of the service and of its contract are in the labels.',
      labelNames: ['version', 'contract_version', 'node_version'],
      aggregator: 'first',
      registers,
    }),
  };
}
