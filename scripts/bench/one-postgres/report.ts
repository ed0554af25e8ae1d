import { formatTable } from '../../../src/table.ts';
import { machine, printFigures, toMarkdown } from '../report.ts';
import type { Growth } from './growth.ts';
import { type Load, REQUESTS_A_MINUTE } from './mix.ts';

/** What a load on some API processes has used. */
export interface Run extends Load {
  processes: number;
  way: 'direct' | 'PgBouncer';
  statements: number;
  /** Processor seconds of all API processes. */
  apiSeconds: number;
  /** Processor seconds of PostgreSQL; null: not known. */
  postgresSeconds: number | null;
  walBytes: number;
}

export interface OnePostgresReport {
  runs: Run[];
  life: Growth;
  hours: number;
  hasPooler: boolean;
  json: boolean;
  markdown: boolean;
}

/** Prints the loads and the growth, with the machine, as tables, as Markdown, or as one line of JSON. */
export function printOnePostgres({ runs, life, hours, hasPooler, json, markdown }: OnePostgresReport): void {
  const [loads, growth] = [runs.map(toLoadRow), toGrowthRows(runs, life, hours)];
  const note = 'PgBouncer is not installed (Debian: pgbouncer), so its rows are left out.';
  if (json) {
    console.log(JSON.stringify({ machine: machine(), loads, growth, ...(hasPooler ? {} : { note }) }));
    return;
  }
  if (markdown) {
    console.log(`${toMarkdown(loads)}\n\n${toMarkdown(growth)}`);
  } else {
    console.log(formatTable(loads, process.stdout.hasColors?.() ?? false));
    printFigures({ figures: growth, machine: machine(), json });
  }
  if (!hasPooler) console.log(`\n${note}`);
}

/** Streams whose requests make up this many. */
const streamMinutes = (requests: number): number => requests / REQUESTS_A_MINUTE;

function toLoadRow(run: Run): Record<string, string | number> {
  const { seconds, requests, statements, apiSeconds, postgresSeconds } = run;
  const streams = streamMinutes(requests / seconds) * 60;
  return {
    'API processes': run.processes,
    way: run.way,
    'requests/s': Math.round(requests / seconds),
    'p99 ms': run.p99,
    'other answers': run.otherAnswers,
    'statements/s': Math.round(statements / seconds),
    'cores of API': (apiSeconds / seconds).toFixed(2),
    'cores of PostgreSQL': postgresSeconds === null ? '?' : (postgresSeconds / seconds).toFixed(2),
    streams: Math.round(streams),
    'streams for a core of API': Math.round((streams * seconds) / apiSeconds),
    'streams for a core of PostgreSQL': postgresSeconds ? Math.round((streams * seconds) / postgresSeconds) : '?',
  };
}

function toGrowthRows(runs: Run[], life: Growth, hours: number): Record<string, string>[] {
  const streamHours = runs.reduce((sum, { requests }) => sum + streamMinutes(requests) / 60, 0);
  const walOfMix = runs.reduce((sum, { walBytes }) => sum + walBytes, 0) / streamHours;
  return [
    { growth: 'rows kept of a session', amount: life.rows.toFixed(1) },
    { growth: 'their bytes, without indexes', amount: toKilobytes(life.bytes) },
    { growth: `the same for an hour of a session of ${hours} h`, amount: toKilobytes(life.bytes / hours) },
    { growth: 'WAL of starting and ending a session', amount: toKilobytes(life.walBytes) },
    { growth: 'WAL of an hour of streaming', amount: toKilobytes(walOfMix) },
    { growth: `both, for an hour of a session of ${hours} h`, amount: toKilobytes(walOfMix + life.walBytes / hours) },
  ];
}

const toKilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
