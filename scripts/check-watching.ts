import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { createMetrics } from '../src/observability/metrics.ts';
import { alertFaults } from './watching/alerts.ts';
import { dashboardFaults } from './watching/dashboards.ts';
import { type KnownMetrics, toKnown } from './watching/promql.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DASHBOARDS = join(ROOT, 'docker/grafana/dashboards');

/** Every metric that the service has. */
function knownMetrics(): KnownMetrics {
  const metrics = createMetrics().registry.getMetricsAsArray() as unknown as {
    name: string;
    type: string;
    labelNames: string[];
  }[];
  return toKnown(metrics.map(({ name, type, labelNames: labels }) => ({ name, type, labels })));
}

function check(): void {
  const known = knownMetrics();
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  const dashboards = readdirSync(DASHBOARDS).filter((name) => name.endsWith('.json'));
  const faults = [
    ...alertFaults(read('docker/prometheus/alerts.yml'), read('README.md'), known),
    ...dashboards.flatMap((name) =>
      dashboardFaults(readFileSync(join(DASHBOARDS, name), 'utf8'), known).map((fault) => `${name}: ${fault}`),
    ),
  ];
  if (faults.length === 0) return;
  process.stderr.write(`${faults.join('\n')}\nMend docker/prometheus, docker/grafana or the README's runbook.\n`);
  process.exit(1);
}

await new Command('check-watching')
  .description(
    "Compares the alerts, the dashboards and the README's runbook with the metrics that the service has; says nothing if all is well.",
  )
  .action(check)
  .parseAsync();
