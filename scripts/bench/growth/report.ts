import { formatTable, toNameValueRows } from '../../../src/table.ts';
import { INTERVALS_A_SESSION, SESSIONS_A_USER } from '../../../test/support/growth/fill-tables.ts';
import { machine, toMarkdown } from '../report.ts';
import type { CleanupPace } from './cleanup-pace.ts';
import type { HeartbeatCost } from './heartbeats.ts';
import { type Timing, YARDSTICK } from './measure.ts';
import type { Stored } from './stored.ts';

/** What was measured at one size. */
export interface Step {
  users: number;
  timings: Timing[];
  stored: Stored[];
}

export interface GrowthReport {
  steps: Step[];
  heartbeats: HeartbeatCost[];
  cleanup: CleanupPace[];
  chartFile: string;
  json: boolean;
  markdown: boolean;
}

/** How much longer a query may take at the largest size than at the smallest. */
const BAR = 1.5;
/** Hours that a session is taken to last. */
const HOURS = 3;

type Row = Record<string, string | number>;

/** Prints times, tables, heartbeats and cleanup, with the machine, as tables, as Markdown, or as one line of JSON. */
export function printGrowth(report: GrowthReport): void {
  const { steps, heartbeats, cleanup, chartFile, json, markdown } = report;
  if (json) {
    console.log(JSON.stringify({ machine: machine(), steps, heartbeats, cleanup, chartFile }));
    return;
  }
  const tables = [toTimeRows(steps), toStoredRows(steps), heartbeats.map(toHeartbeatRow), cleanup.map(toCleanupRow)];
  const filled = tables.filter((rows) => rows.length > 0);
  if (markdown) {
    console.log(filled.map(toMarkdown).join('\n\n'));
  } else {
    for (const figures of filled) console.log(formatTable(figures, process.stdout.hasColors?.() ?? false));
    console.log(formatTable(toNameValueRows(machine()), process.stdout.hasColors?.() ?? false));
  }
  console.log(`\nChart: ${chartFile}`);
}

/** Such as `10,000 users`. */
export function nameOf({ users }: Pick<Step, 'users'>): string {
  return `${users.toLocaleString('en-US')} users`;
}

function toTimeRows(steps: Step[]): Row[] {
  const [first] = steps;
  return (first?.timings ?? []).map(({ query }) => {
    const all = steps.map(({ timings }) => timings.find((timing) => timing.query === query) as Timing);
    const growth = (all.at(-1)?.median ?? 0) / (all[0]?.median ?? 1);
    const cells = steps.map((step, index) => [
      `${nameOf(step)}, ms (p99)`,
      `${all[index]?.median.toFixed(2)} (${all[index]?.p99.toFixed(1)})`,
    ]);
    const pages = all.map((timing) => timing.pages.toFixed(timing.pages < 10 ? 1 : 0)).join(', ');
    const verdict = query === YARDSTICK ? '' : growth <= BAR ? 'yes' : 'no';
    return { query, ...Object.fromEntries(cells), times: growth.toFixed(2), [`within ${BAR}`]: verdict, pages };
  });
}

/** How much of each table a session with all that goes along takes at the largest size. */
function toStoredRows(steps: Step[]): Row[] {
  const last = steps.at(-1);
  if (!last) return [];
  const sessions = last.users * SESSIONS_A_USER;
  return last.stored.map(({ table, rows, bytes }) => ({
    table,
    rows: Math.round(rows).toLocaleString('en-US'),
    'MB with indexes': (bytes / 1e6).toFixed(1),
    'bytes of a row': Math.round(bytes / rows),
    'bytes of a session': Math.round(bytes / sessions),
  }));
}

function toHeartbeatRow(cost: HeartbeatCost): Row {
  const { layout, hot, micros, walBytes, heapGrowth, indexGrowth } = cost;
  return {
    layout,
    HOT: `${(hot * 100).toFixed(1)} %`,
    'µs each': micros.toFixed(0),
    'bytes of WAL each': Math.round(walBytes),
    'table grew, MB': (heapGrowth / 1e6).toFixed(1),
    'indexes grew, MB': (indexGrowth / 1e6).toFixed(1),
    'pages of a deadline scan': Math.round(cost.deadlines),
    'after 20,000 ends': Math.round(cost.deadlinesAfterEnds),
    'after a vacuum': Math.round(cost.deadlinesVacuumed),
  };
}

function toCleanupRow({ load, sessions, perSecond, heartbeats, heartbeat }: CleanupPace): Row {
  return {
    cleanup: load,
    'sessions gone': sessions.toLocaleString('en-US'),
    'sessions/s': Math.round(perSecond),
    'streams that end as many': Math.round(perSecond * HOURS * 3_600).toLocaleString('en-US'),
    'heartbeats/s': Math.round(heartbeats),
    'heartbeat, ms (p99)': heartbeat ? `${heartbeat.median.toFixed(1)} (${heartbeat.p99.toFixed(1)})` : '',
  };
}

/** What was filled in, for people. */
export function describeSize(users: number): string {
  const sessions = users * SESSIONS_A_USER;
  const count = (value: number) => value.toLocaleString('en-US');
  return `${count(users)} users, ${count(sessions)} sessions, ${count(sessions * INTERVALS_A_SESSION)} ledger rows`;
}
