import { formatTable, toNameValueRows } from '../../../src/table.ts';
import { toMarkdown } from '../report.ts';
import { type Bar, formatSpread } from './bars.ts';
import type { Figure } from './figures.ts';

export interface PeersReport {
  figures: readonly Figure[];
  bars: readonly Bar[];
  machine: Record<string, unknown>;
  form: 'table' | 'markdown' | 'json';
}

/** The figures, the bars and the machine as tables, as Markdown for the README, or as one line of JSON. */
export function formatPeers({ figures, bars, machine, form }: PeersReport): string {
  if (form === 'json') return JSON.stringify({ machine, figures, bars });
  const tables = [figures.map(toRow), bars.map(toBarRow)].filter((rows) => rows.length > 0);
  if (form === 'markdown') return tables.map(toMarkdown).join('\n\n');
  const colors = process.stdout.hasColors?.() ?? false;
  return [...tables, toNameValueRows(machine)].map((rows) => formatTable(rows, colors)).join('\n');
}

function toRow(figure: Figure): Record<string, string | number> {
  const { requestsPerSecond: rate, ratio, statements, cpuMs, postgresMs } = figure;
  return {
    operation: figure.operation,
    connections: figure.connections,
    candidate: figure.candidate,
    'requests/s': formatSpread(rate, 0),
    'p50 ms': figure.p50.median,
    'p99 ms': figure.p99.median,
    'to Fastify': ratio === null || figure.candidate === 'fastify' ? '' : formatSpread(ratio),
    'statements each': statements?.toFixed(2) ?? '',
    'CPU ms each': cpuMs?.toFixed(2) ?? '',
    'PostgreSQL ms each': postgresMs?.toFixed(2) ?? '',
    failed: figure.failed,
  };
}

function toBarRow({ bar, connections, needed, measured, met }: Bar): Record<string, string | number> {
  return { bar, connections, needed, measured, verdict: met ? 'met' : 'missed' };
}
