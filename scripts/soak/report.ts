import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTable } from '../../src/table.ts';
import { machine } from '../bench/report.ts';
import { type Chart, type Shade, toPage } from './chart.ts';
import type { Soak } from './run.ts';
import type { ProcessSample, Sample } from './sample.ts';
import { isInjected } from './verdict.ts';

/** How often each thing went wrong. */
interface MishapCount {
  what: string;
  during_faults: number;
  outside: number;
}

/** Whether every check was passed. */
export function isGood({ checks }: Soak): boolean {
  return checks.every(({ ok }) => ok);
}

/** Writes the page and the figures. @returns the path of the page. */
export async function writeReport(soak: Soak, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const page = join(folder, 'soak.html');
  const { minutes, plugins, seed } = soak.options;
  const title = `${plugins} plugins, ${minutes} minutes, seed ${seed}: ${isGood(soak) ? 'passed' : 'failed'}`;
  await writeFile(page, toPage(title, toText(soak, false), chartsOf(soak), shadesOf(soak)));
  await writeFile(join(folder, 'soak.json'), JSON.stringify(toFigures(soak, true)));
  return page;
}

/** The tables of the end. */
export function toText(soak: Soak, colors: boolean): string {
  const { operations, checks } = soak;
  const mishaps = countMishaps(soak);
  const told = checks.map(({ ok, ...check }) => ({ ...check, verdict: ok ? 'ok' : 'FAILED' }));
  const tables = [operations, ...(mishaps.length > 0 ? [mishaps] : []), told];
  return tables.map((rows) => formatTable(rows, colors)).join('\n');
}

/** Everything as plain data. @param withSeries every sample too. */
export function toFigures(soak: Soak, withSeries: boolean): object {
  const { options, operations, checks, samples, moments } = soak;
  return {
    machine: machine(),
    options,
    passed: isGood(soak),
    checks,
    operations,
    mishaps: countMishaps(soak),
    ...(withSeries ? { samples, moments } : {}),
  };
}

function countMishaps({ mishaps, faults }: Soak): MishapCount[] {
  const counts = new Map<string, MishapCount>();
  for (const mishap of mishaps) {
    const count = counts.get(mishap.what) ?? { what: mishap.what, during_faults: 0, outside: 0 };
    counts.set(mishap.what, count);
    count[isInjected(mishap, faults) ? 'during_faults' : 'outside'] += 1;
  }
  return [...counts.values()];
}

function shadesOf({ faults, startedAt }: Soak): Shade[] {
  const toSecond = (at: number) => (at - startedAt) / 1000;
  return faults.map(({ name, from, until }) => ({ name, from: toSecond(from), until: toSecond(until) }));
}

function chartsOf({ samples, moments }: Soak): Chart[] {
  const line = (name: string, read: (sample: Sample) => number | undefined) => ({
    name,
    points: samples.map((sample) => ({ second: sample.second, value: read(sample) ?? null })),
  });
  const both = (name: string, part: keyof ProcessSample) => [
    line(`API ${name}`, ({ api }) => api?.[part]),
    line(`worker ${name}`, ({ worker }) => worker?.[part]),
  ];
  const ofMoments = (name: string, part: 'p50' | 'p99' | 'per_second') => ({
    name,
    points: moments.map((moment) => ({ second: moment.second, value: moment[part] })),
  });
  return [
    { title: 'Latency, held polls left out', unit: 'ms', lines: [ofMoments('p50', 'p50'), ofMoments('p99', 'p99')] },
    { title: 'Memory', unit: 'MiB', lines: [...both('RSS', 'rss'), ...both('heap', 'heap')] },
    {
      title: 'Handles and descriptors',
      unit: 'count',
      lines: [...both('handles', 'handles'), ...both('descriptors', 'descriptors')],
    },
    { title: 'Delay of the event loop, p99', unit: 'ms', lines: both('', 'loopDelay') },
    { title: 'Requests', unit: 'a second', lines: [ofMoments('answered', 'per_second')] },
    {
      title: 'Database',
      unit: 'count',
      lines: [
        line('connections', ({ database }) => database?.connections),
        line('jobs that wait or run', ({ database }) => database?.jobs),
      ],
    },
  ];
}
