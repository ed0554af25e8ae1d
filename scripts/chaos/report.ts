import { formatTable } from '../../src/table.ts';
import type { FAULTS } from '../../test/support/chaos/faults.ts';
import type { RoundResult } from '../../test/support/chaos/round.ts';

const COLUMNS = { round: 6, faults: 36, recovery: 9, settled: 9, requests: 9, '503s': 6, unanswered: 11, verdict: 0 };

/** The heads of the progress table, whose rows come one by one. */
export function progressHead(): string {
  return toLine(Object.keys(COLUMNS));
}

export function progressLine(result: RoundResult): string {
  const { round, faults, recoveryMs, settleMs, requests, unavailable, unanswered, broken } = result;
  const verdict = broken.length === 0 ? 'good' : `BROKEN: ${broken[0]?.invariant}`;
  const cells = [round, faults.join(' + '), seconds(recoveryMs), seconds(settleMs), requests, unavailable, unanswered];
  return toLine([...cells, verdict].map(String));
}

/** What became of the whole run: each fault with how often it came, and percentiles of the recoveries. */
export function summaryTable(results: readonly RoundResult[], known: typeof FAULTS, colors: boolean): string {
  const rowOf = (name: string, what: string, rounds: readonly RoundResult[]) => {
    const recoveries = rounds.map(({ recoveryMs }) => recoveryMs);
    const sum = (part: 'requests' | 'unavailable' | 'unanswered') =>
      rounds.reduce((total, one) => total + one[part], 0);
    return {
      fault: name,
      'what happens': what,
      rounds: rounds.length,
      'recovery p50': seconds(percentile(recoveries, 0.5)),
      p95: seconds(percentile(recoveries, 0.95)),
      longest: seconds(percentile(recoveries, 1)),
      requests: sum('requests'),
      '503s': sum('unavailable'),
      unanswered: sum('unanswered'),
    };
  };
  const rows = known
    .map(({ name, what }) => ({ name, what, rounds: results.filter(({ faults }) => faults.includes(name)) }))
    .filter(({ rounds }) => rounds.length > 0)
    .map(({ name, what, rounds }) => rowOf(name, what, rounds));
  return formatTable([...rows, rowOf('all', '', results)], colors);
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
