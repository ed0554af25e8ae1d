import { type Figure, ratioTo, type Spread, spreadOf } from './figures.ts';
import type { PeerRun } from './measure.ts';

/** What the project demands of itself, and what was seen. */
export interface Bar {
  bar: string;
  connections: number;
  needed: string;
  measured: string;
  met: boolean;
}

/** Requests a second, to the Fastify peer's. */
const RATES = { getActiveRelay: 2.5, getAuthSession: 3.5, reportRelayHealth: 1.5 } as const;
/** Of throughput, that validation may cost. */
const VALIDATION_SHARE = 0.15;
const POLLS = ['getActiveRelay', 'getAuthSession', 'getCurrentUsage'];

/** Holds the medians against the bars; those that weren't measured are left out. */
export function toBars(runs: readonly PeerRun[], figures: readonly Figure[]): Bar[] {
  return figures
    .filter(({ candidate }) => candidate === 'ours')
    .flatMap((figure) => [
      ...rateBar(figure),
      ...latencyBar(figure, figures),
      ...validationBar(figure, runs),
      ...queryBar(figure),
    ]);
}

export const formatSpread = ({ median, min, max }: Spread, digits = 2): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;

function rateBar({ operation, connections, ratio }: Figure): Bar[] {
  const needed = RATES[operation as keyof typeof RATES];
  if (needed === undefined || ratio === null) return [];
  return [
    {
      bar: `${operation} to the Fastify peer`,
      connections,
      needed: `at least ${needed}`,
      measured: formatSpread(ratio),
      met: ratio.median >= needed,
    },
  ];
}

function latencyBar({ operation, connections, p99 }: Figure, figures: readonly Figure[]): Bar[] {
  const peer = figures.find(
    (other) => other.candidate === 'fastify' && other.operation === operation && other.connections === connections,
  );
  if (!peer || !(operation === 'getActiveRelay' || operation === 'getAuthSession')) return [];
  return [
    {
      bar: `p99 of ${operation}, in ms`,
      connections,
      needed: `at most the peer's ${peer.p99.median}`,
      measured: formatSpread(p99, 0),
      met: p99.median <= peer.p99.median,
    },
  ];
}

function validationBar({ operation, connections }: Figure, runs: readonly PeerRun[]): Bar[] {
  if (operation === 'healthz') return [];
  const ours = runs.filter(
    (run) => run.candidate === 'ours' && run.operation === operation && run.connections === connections,
  );
  const costs = ours.flatMap((run) => {
    const ratio = ratioTo('unvalidated', run, runs);
    return ratio === undefined ? [] : [1 - ratio];
  });
  if (costs.length === 0) return [];
  const cost = spreadOf(costs);
  return [
    {
      bar: `what validation costs ${operation}`,
      connections,
      needed: `at most ${VALIDATION_SHARE * 100}%`,
      measured: `${formatSpread({ median: cost.median * 100, min: cost.min * 100, max: cost.max * 100 }, 0)} %`,
      met: cost.median <= VALIDATION_SHARE,
    },
  ];
}

function queryBar({ operation, connections, statements }: Figure): Bar[] {
  if (statements === null || !POLLS.includes(operation)) return [];
  return [
    {
      bar: `statements of ${operation}`,
      connections,
      needed: 'at most 1',
      measured: statements.toFixed(2),
      // The service's own statements, such as its alive marks, are among them.
      met: statements < 1.05,
    },
  ];
}
