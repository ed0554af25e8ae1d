import { mkdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { formatTable } from '../../../src/table.ts';
import { type CandidateOptions, startCandidate } from './candidates.ts';
import { type PeerLoad, send, warmUp } from './measure.ts';
import type { BenchOperation } from './operations.ts';

/** The part of V8's `.cpuprofile` that is read here. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  /** Microseconds before each sample. */
  timeDeltas: number[];
}

export interface ProfileOptions extends CandidateOptions {
  folder: string;
  operations: readonly BenchOperation[];
  load: Omit<PeerLoad, 'operation'>;
  /** For each operation. */
  seconds: number;
}

const ROOT = resolve(import.meta.dirname, '../../..');
const TOP = 30;

/** Loads ours, warmed up, with each operation while V8 takes samples. Returns the file that they are in. */
export async function profileOurs({ folder, operations, load, seconds, env }: ProfileOptions): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(resolve(folder), `ours-${new Date().toISOString().replaceAll(/\W/g, '')}.cpuprofile`);
  const ours = await startCandidate('ours', { env, more: ['--profile', file] });
  try {
    for (const operation of operations) await warmUp(ours, { ...load, operation });
    ours.process.kill('SIGUSR2');
    for (const operation of operations) await send(ours, { ...load, operation }, { duration: seconds });
  } finally {
    await ours.process.stop();
  }
  return relative(process.cwd(), file);
}

/** Prints where the time went by itself, and how to see the rest. */
export async function printProfile(file: string): Promise<void> {
  const profile: CpuProfile = JSON.parse(await readFile(file, 'utf8'));
  console.log(formatTable(topOf(profile), process.stdout.hasColors?.() ?? false));
  console.log(`Flame graph of ${file}: npx speedscope ${file} (or Chromium's DevTools, Performance, Load profile).`);
}

/** The functions that most time was spent in, what they called not counted; idle time is left out. */
export function topOf({ nodes, samples, timeDeltas }: CpuProfile, count = TOP): { self: string; in: string }[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let busy = 0;
  for (const [place, id] of samples.entries()) {
    const frame = frames.get(id);
    if (!frame || frame.functionName === '(idle)') continue;
    const time = timeDeltas[place] ?? 0;
    const name = nameOf(frame);
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  }
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => ({ self: `${((100 * time) / busy).toFixed(1)} %`, in: name }));
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const place = url.startsWith('file:') ? relative(ROOT, new URL(url).pathname) : url;
  const short = place.replace(/^.*node_modules\//, '');
  return `${functionName || '(anonymous)'}${short === '' ? '' : ` ${short}:${lineNumber + 1}`}`;
}
