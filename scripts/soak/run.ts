import { setTimeout as sleep } from 'node:timers/promises';
import { createAccessTokens } from '../../src/features/auth/access-token.ts';
import { TEST_SECRETS } from '../../test/support/test-app.ts';
import type { CrowdOptions } from './crowd.ts';
import { type CrowdProcess, startCrowdProcess } from './crowd-process.ts';
import { createLatencies, type Moment, type OperationFigures } from './latencies.ts';
import type { Mishap } from './observed-fetch.ts';
import { type Sample, sampleDatabase, sampleProcess } from './sample.ts';
import { openStage, type Stage } from './stage.ts';
import { type Check, type FaultWindow, judge } from './verdict.ts';

export interface SoakOptions {
  minutes: number;
  plugins: number;
  seed: number;
  /** Whether API and database are restarted once each on the way. */
  faults: boolean;
  /** Processes that the plugins are spread over. */
  processes: number;
}

/** What came of a run. */
export interface Soak {
  options: SoakOptions;
  samples: Sample[];
  moments: Moment[];
  operations: OperationFigures[];
  mishaps: Mishap[];
  faults: FaultWindow[];
  /** Milliseconds since 1970. */
  startedAt: number;
  checks: Check[];
}

const REGIONS = ['us-east-1', 'eu-west-1'];
const SAMPLE_MS = 5_000;
/** Of so many samples, one comes right after a garbage collection. */
const COLLECT_EVERY = 3;
/** Longer than a collection takes. */
const COLLECTION_MS = 500;
/** Where in the run the faults are. */
const API_RESTART_AT = 0.3;
const DATABASE_RESTART_AT = 0.4;
/** What a fault broke may show for so long after it is over: a client's patience and its longest pause. */
const AFTERMATH_MS = 30_000;
const WARM_UP = 0.2;
const SHORTEST_WARM_UP_S = 60;
/** After a fault, before memory is judged: new connections, new code to compile. */
const SETTLE = 0.1;
const TAKE_DOWN_LIMIT_MS = 60_000;
const TELEMETRY_OF = 20;

/** Runs it all. @param say hears how far it is. */
export async function runSoak(options: SoakOptions, say: (text: string) => void): Promise<Soak> {
  say('Starting PostgreSQL, API and worker');
  const stage = await openStage(REGIONS);
  let crowds: CrowdProcess[] = [];
  try {
    say(`Making ${options.plugins} accounts`);
    const userIds = await stage.addUsers(options.plugins);
    const latencies = createLatencies();
    const mishaps: Mishap[] = [];
    const startedAt = Date.now();
    const shared = { baseUrl: stage.url, regions: REGIONS, staleToken: await makeStaleToken() };
    crowds = shareOut(options, userIds, shared).map((crowd) =>
      startCrowdProcess(crowd, (seen) => {
        latencies.add(seen.answers);
        mishaps.push(...seen.mishaps);
      }),
    );
    const faults: FaultWindow[] = [];
    const breaking = options.faults ? breakThings(stage, options, faults) : Promise.resolve();
    const samples: Sample[] = [];
    const moments: Moment[] = [];
    const counts: { second: number; count: number }[] = [];
    const endsAt = startedAt + options.minutes * 60_000;
    for (let due = startedAt + SAMPLE_MS; due <= endsAt; due += SAMPLE_MS) {
      await sleep(Math.max(0, due - Date.now()));
      const second = Math.round((Date.now() - startedAt) / 1000);
      const isCollected = samples.length % COLLECT_EVERY === 0;
      const sample = await takeSample(stage, second, isCollected);
      samples.push(sample);
      const moment = latencies.moment(second);
      moments.push(moment);
      counts.push({ second, count: latencies.count() });
      say(progressOf(options, sample, moment, mishaps.length));
    }
    await breaking;
    const requests = latencies.count();
    say('The plugins end');
    await Promise.all(crowds.map((crowd) => crowd.end()));
    crowds = [];
    const leftRelays = await untilGone(stage);
    const settledAt = settledFrom(options, startedAt, faults);
    const before = counts.findLast(({ second }) => second <= settledAt)?.count ?? 0;
    const evidence = { samples, mishaps, faults, leftRelays, settledAt, requests: requests - before };
    const operations = latencies.operations();
    return { options, samples, moments, operations, mishaps, faults, startedAt, checks: judge(evidence) };
  } finally {
    for (const crowd of crowds) crowd.kill();
    await stage.close();
  }
}

async function takeSample(stage: Stage, second: number, isCollected: boolean): Promise<Sample> {
  if (isCollected) {
    for (const server of [stage.api(), stage.worker()]) server.kill('SIGUSR2');
    await sleep(COLLECTION_MS);
  }
  const [api, worker, database] = await Promise.all([
    sampleProcess(stage.api().adminUrl),
    sampleProcess(stage.worker().adminUrl),
    sampleDatabase(stage.database),
  ]);
  return { second, isCollected, api, worker, database };
}

function shareOut(
  { processes, plugins, seed }: SoakOptions,
  userIds: readonly string[],
  shared: Pick<CrowdOptions, 'baseUrl' | 'regions' | 'staleToken'>,
): CrowdOptions[] {
  const each = Math.ceil(plugins / processes);
  return Array.from({ length: processes }, (_, index) => ({
    ...shared,
    completeKey: TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY,
    seed: seed + index,
    userIds: userIds.slice(index * each, (index + 1) * each),
    telemetryOf: TELEMETRY_OF,
  }));
}

/** Signed well, and over long ago. */
function makeStaleToken(): Promise<string> {
  const clock = { now: () => new Date(Date.now() - 86_400_000) };
  const tokens = createAccessTokens([TEST_SECRETS.JWT_SECRET], clock);
  return tokens.sign({ userId: 'usr_nobody', authSessionId: 'aut_none', refreshCounter: 0 });
}

async function breakThings(stage: Stage, { minutes }: SoakOptions, faults: FaultWindow[]): Promise<void> {
  const begin = Date.now();
  const plan: [name: string, at: number, act: () => Promise<void>][] = [
    ['API restarted', API_RESTART_AT, () => stage.restartApi()],
    ['database restarted', DATABASE_RESTART_AT, () => stage.restartDatabase()],
  ];
  for (const [name, at, act] of plan) {
    await sleep(Math.max(0, begin + at * minutes * 60_000 - Date.now()));
    const fault: FaultWindow = { name, from: Date.now(), until: Number.POSITIVE_INFINITY };
    faults.push(fault);
    await act();
    fault.until = Date.now() + AFTERMATH_MS;
  }
}

function settledFrom({ minutes }: SoakOptions, startedAt: number, faults: readonly FaultWindow[]): number {
  const seconds = minutes * 60;
  const lastFault = Math.max(0, ...faults.map(({ until }) => (until - startedAt) / 1000));
  return Math.max(SHORTEST_WARM_UP_S, seconds * WARM_UP, lastFault && lastFault + seconds * SETTLE);
}

async function untilGone(stage: Stage): Promise<number> {
  const deadline = performance.now() + TAKE_DOWN_LIMIT_MS;
  let left = await stage.countRelays();
  while (left > 0 && performance.now() < deadline) {
    await sleep(500);
    left = await stage.countRelays();
  }
  return left;
}

function progressOf({ minutes }: SoakOptions, sample: Sample, moment: Moment, mishaps: number): string {
  const time = `${(sample.second / 60).toFixed(1)} of ${minutes} min`;
  const rate = `${moment.per_second} requests/s, p99 ${moment.p99.toFixed(0)} ms`;
  const memory = `API ${sample.api?.rss.toFixed(0) ?? '?'} MiB, worker ${sample.worker?.rss.toFixed(0) ?? '?'} MiB`;
  return `${time}: ${rate}, ${memory}, ${mishaps} mishaps`;
}
