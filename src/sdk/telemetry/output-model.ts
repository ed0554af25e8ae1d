import type { OutputTelemetry } from './outputs.ts';
import { sumKnown } from './rate.ts';

/** How an output does. */
export type OutputStatus = 'healthy' | 'degraded' | 'critical' | 'offline';

/** An output, and how it does; null when it is active and its dropped frames aren't known. */
export interface OutputState extends OutputTelemetry {
  status: OutputStatus | null;
}

/** Outputs that belong together; those that are hidden aren't among them. */
export interface OutputGroup {
  /** Null: outputs that belong to no group. */
  name: string | null;
  outputs: OutputState[];
  /** kbit/s of the active ones as far as they are known; null when none is, 0 when none is active. */
  totalBitrateKbps: number | null;
  /** Mean of the active ones whose encoding lag is known, in milliseconds; null when there are none. */
  avgLagMs: number | null;
}

/** All outputs, as a dock shows them. */
export interface OutputModel {
  /** In the order in which they first appear. */
  groups: OutputGroup[];
  hidden: OutputState[];
  /** Of all outputs; each status counts only those that aren't hidden. */
  counts: Record<'total' | 'active' | 'hidden' | OutputStatus, number>;
}

/** From so many dropped frames on an output is degraded. */
const DEGRADED_FROM = 0.01;
/** And critical. */
const CRITICAL_FROM = 0.05;

/** An inactive output is offline; an active one is judged by its dropped frames: below 1% healthy, below 5% degraded. */
export function outputStatusOf({ active, dropPct }: Pick<OutputTelemetry, 'active' | 'dropPct'>): OutputStatus | null {
  if (!active) return 'offline';
  if (dropPct === null) return null;
  if (dropPct < DEGRADED_FROM) return 'healthy';
  return dropPct < CRITICAL_FROM ? 'degraded' : 'critical';
}

/** Sorts outputs into groups. */
export function buildOutputModel(outputs: readonly OutputTelemetry[]): OutputModel {
  const states = outputs.map((output) => ({ ...output, status: outputStatusOf(output) }));
  const shown = states.filter(({ hidden }) => !hidden);
  const names = [...new Set(shown.map(({ group }) => group))];
  const count = (status: OutputStatus) => shown.filter((output) => output.status === status).length;
  return {
    groups: names.map((name) =>
      buildGroup(
        name,
        shown.filter(({ group }) => group === name),
      ),
    ),
    hidden: states.filter(({ hidden }) => hidden),
    counts: {
      total: states.length,
      active: states.filter(({ active }) => active).length,
      hidden: states.length - shown.length,
      healthy: count('healthy'),
      degraded: count('degraded'),
      critical: count('critical'),
      offline: count('offline'),
    },
  };
}

function buildGroup(name: string | null, outputs: OutputState[]): OutputGroup {
  const active = outputs.filter((output) => output.active);
  const lags = active.map(({ encodingLagMs }) => encodingLagMs).filter((lag) => lag !== null);
  return {
    name,
    outputs,
    totalBitrateKbps: sumKnown(active.map(({ bitrateKbps }) => bitrateKbps)),
    avgLagMs: lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0) / lags.length,
  };
}
