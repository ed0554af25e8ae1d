import type { CandidateName } from './candidates.ts';
import type { PeerRun } from './measure.ts';
import type { BenchOperation } from './operations.ts';

/** The middle of some figures, and how far they reach. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** The rounds of a candidate at one operation, taken together. */
export interface Figure {
  operation: BenchOperation['name'];
  connections: number;
  candidate: CandidateName;
  requestsPerSecond: Spread;
  p50: Spread;
  p99: Spread;
  /** To the Fastify peer's rate in the same round; null where that wasn't measured. */
  ratio: Spread | null;
  failed: number;
  statements: number | null;
  cpuMs: number | null;
  postgresMs: number | null;
}

/** Takes the rounds together. */
export function toFigures(runs: readonly PeerRun[]): Figure[] {
  const groups = Map.groupBy(runs, (run) => `${run.operation} ${run.connections} ${run.candidate}`);
  return [...groups.values()].map((rounds) => {
    const [first] = rounds as [PeerRun, ...PeerRun[]];
    const ratios = rounds.flatMap((run) => ratioTo('fastify', run, runs) ?? []);
    const middleOf = (pick: (run: PeerRun) => number | null) => {
      const known = rounds.map(pick).filter((value) => value !== null);
      return known.length === 0 ? null : spreadOf(known).median;
    };
    return {
      operation: first.operation,
      connections: first.connections,
      candidate: first.candidate,
      requestsPerSecond: spreadOf(rounds.map((run) => run.requestsPerSecond)),
      p50: spreadOf(rounds.map((run) => run.p50)),
      p99: spreadOf(rounds.map((run) => run.p99)),
      ratio: ratios.length === 0 ? null : spreadOf(ratios),
      failed: rounds.reduce((sum, run) => sum + run.failed, 0),
      statements: middleOf((run) => run.statements),
      cpuMs: middleOf((run) => run.cpuMs),
      postgresMs: middleOf((run) => run.postgresMs),
    };
  });
}

/** A run's rate to that of another candidate in the same round; undefined where there is none, or it answered nothing. */
export function ratioTo(candidate: CandidateName, run: PeerRun, runs: readonly PeerRun[]): number | undefined {
  const { operation, connections, round } = run;
  const other = runs.find(
    (one) =>
      one.candidate === candidate &&
      one.operation === operation &&
      one.connections === connections &&
      one.round === round,
  );
  return other && other.requestsPerSecond > 0 ? run.requestsPerSecond / other.requestsPerSecond : undefined;
}

/** @param values at least one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]] as [number, number];
  return { median: (low + high) / 2, min: sorted[0] as number, max: sorted.at(-1) as number };
}
