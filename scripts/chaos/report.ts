import { formatTable } from '../../src/table.ts';
import type { Fault } from '../../test/support/chaos/fault.ts';
import type { RoundResult } from '../../test/support/chaos/round.ts';

const COLUMNS = {
  round: 8,
  faults: 36,
  recovery: 9,
  settled: 8,
  requests: 9,
  '503s': 5,
  unanswered: 11,
  took: 7,
  left: 7,
  verdict: 0,
};

/** What became of a fault in a run; times in milliseconds. */
export interface FaultFigures {
  fault: string;
  rounds: number;
  /** Of these, those without another fault. */
  alone: number;
  recoveryMs: { p50: number; p95: number; max: number };
  /** Longest until everything was in order. */
  settleMaxMs: number;
  requests: number;
  unavailable: number;
  unanswered: number;
}

/** The whole run; times in milliseconds. */
export interface RunFigures {
  rounds: number;
  good: number;
  tookMs: number;
  all: FaultFigures;
  faults: FaultFigures[];
  /** Those that were to come and didn't. */
  missing: string[];
}

/** The heads of the progress table, whose rows come one by one. */
export function progressHead(): string {
  return toLine(Object.keys(COLUMNS));
}

/** @param leftMs estimate of what the other rounds take. */
export function progressLine(result: RoundResult, rounds: number, leftMs: number): string {
  const { round, faults, recoveryMs, settleMs, requests, unavailable, unanswered, tookMs, broken } = result;
  const verdict = broken.length === 0 ? 'good' : `BROKEN: ${broken[0]?.invariant}`;
  const counts = [requests, unavailable, unanswered];
  const times = [seconds(tookMs), `${(leftMs / 60_000).toFixed(1)} min`];
  const cells = [`${round}/${rounds}`, faults.join(' + '), seconds(recoveryMs), seconds(settleMs), ...counts, ...times];
  return toLine([...cells, verdict].map(String));
}

/** What is left of a run by the rounds that there were, in milliseconds. */
export function estimateLeft(results: readonly RoundResult[], rounds: number): number {
  const took = results.reduce((total, { tookMs }) => total + tookMs, 0);
  return results.length === 0 ? 0 : Math.round((took / results.length) * (rounds - results.length));
}

/** Each fault with how often it came and what became of it, in the order of `faults`. */
export function toFigures(results: readonly RoundResult[], faults: readonly Fault[]): RunFigures {
  const names = faults.map(({ name }) => name);
  const roundsOf = (name: string) => results.filter((result) => result.faults.includes(name));
  return {
    rounds: results.length,
    good: results.filter(({ broken }) => broken.length === 0).length,
    tookMs: results.reduce((total, { tookMs }) => total + tookMs, 0),
    all: figuresOf('all', results),
    faults: names.filter((name) => roundsOf(name).length > 0).map((name) => figuresOf(name, roundsOf(name))),
    missing: names.filter((name) => roundsOf(name).length === 0),
  };
}

/** The figures for people. */
export function summaryTable({ faults, all }: RunFigures, colors: boolean): string {
  const rows = [...faults, all].map(({ fault, rounds, alone, recoveryMs, settleMaxMs, ...counts }) => ({
    fault,
    rounds,
    alone,
    'recovery p50': seconds(recoveryMs.p50),
    p95: seconds(recoveryMs.p95),
    longest: seconds(recoveryMs.max),
    'settled, longest': seconds(settleMaxMs),
    requests: counts.requests,
    '503s': counts.unavailable,
    unanswered: counts.unanswered,
  }));
  return formatTable(rows, colors);
}

function figuresOf(fault: string, rounds: readonly RoundResult[]): FaultFigures {
  const recoveries = rounds.map(({ recoveryMs }) => recoveryMs);
  const sum = (part: 'requests' | 'unavailable' | 'unanswered') => rounds.reduce((total, one) => total + one[part], 0);
  return {
    fault,
    rounds: rounds.length,
    alone: rounds.filter(({ faults }) => faults.length === 1).length,
    recoveryMs: { p50: percentile(recoveries, 0.5), p95: percentile(recoveries, 0.95), max: percentile(recoveries, 1) },
    settleMaxMs: Math.max(0, ...rounds.map(({ settleMs }) => settleMs)),
    requests: sum('requests'),
    unavailable: sum('unavailable'),
    unanswered: sum('unanswered'),
  };
}

/** The smallest value that at least this share of them doesn't exceed; 0 where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function toLine(cells: readonly string[]): string {
  const widths = Object.values(COLUMNS);
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(' ')
    .trimEnd();
}
