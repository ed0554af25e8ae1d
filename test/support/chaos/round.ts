import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { makeUser } from '../factories.ts';
import { calleeOf, signInAt } from '../ops/plugin.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { TEST_SECRETS } from '../test-app.ts';
import { prepareBilling, sendBilling } from './billing.ts';
import type { Fault, FaultGroup } from './fault.ts';
import { type Invariant, LASTING, type RestState, SETTLING } from './invariants.ts';
import type { Phases } from './phases.ts';
import { createPlugin, type Plugin } from './plugin.ts';
import { untilAnswered, untilRecovered } from './recovery.ts';
import type { Watch } from './watch.ts';
import { shopfrontOf, type World } from './world.ts';

/** How a round went. */
export interface RoundResult {
  round: number;
  faults: string[];
  /** From the mending of the fault until every process is ready and every API answers, in milliseconds. */
  recoveryMs: number;
  /** From the end of the traffic until instances, sessions and webhooks are in order, in milliseconds. */
  settleMs: number;
  /** The whole round, and its parts, in milliseconds. */
  tookMs: number;
  phasesMs: Phases['tookMs'];
  requests: number;
  unavailable: number;
  unanswered: number;
  /** What must not have been; empty: the round is good. */
  broken: { invariant: string; message: string }[];
}

export interface RoundOptions {
  round: number;
  seed: number;
  faults: readonly Fault[];
  plugins: number;
  /** Told of each part of the round as it begins. */
  phases: Phases;
  /** A new one, which all requests of the round go through. */
  watch: Watch;
}

const PLAN = { tier: 'pro', relays: 3 } as const;
/** All must have settled within this, counted from the end of the traffic, in milliseconds. */
const SETTLE_MS = 60_000;
/** How long a fault lasts, in milliseconds; mostly short, and now and then longer than a request waits for a connection. */
const FAULT_MS = { least: 300, most: 7_500 };
/** Answers to each plugin before the fault, and behind the recovery. */
const ANSWERS_EACH = 8;

/** Lets traffic run, something go wrong, and looks at what is left of it. */
export async function runRound(world: World, options: RoundOptions): Promise<RoundResult> {
  const { phases, watch } = options;
  const began = performance.now();
  const randomOf = (part: string) => createSeededRandom(`${options.seed} ${options.round} ${part}`);
  const random = randomOf('faults');
  const billing = await prepareBilling(world, randomOf('customers'));
  const plugins = await signInPlugins(world, watch, options.plugins, (index) => randomOf(`plugin ${index}`));
  phases.enter('calm');
  let isOver = false;
  const traffic = Promise.all([
    ...plugins.map((plugin) => plugin.live(() => isOver || watch.abandoned)),
    sendBilling(billing, watch, randomOf('billing')),
  ]);
  traffic.catch(() => undefined);

  let recoveryMs = 0;
  try {
    await untilAnswered(watch, ANSWERS_EACH * plugins.length);
    phases.enter('begin');
    watch.databaseAway = options.faults.some(({ databaseAway }) => databaseAway);
    const scene = { world, watch, billing, random };
    const mends = await Promise.all(inMendingOrder(options.faults).map(({ begin }) => begin(scene)));
    phases.enter('last');
    await pause(FAULT_MS.least + random() ** 2 * (FAULT_MS.most - FAULT_MS.least));
    phases.enter('mend');
    const mended = performance.now();
    // The way to the database first, since processes only start where there is one.
    for (const mend of mends) await mend();
    phases.enter('recover');
    await untilRecovered(world);
    recoveryMs = Math.round(performance.now() - mended);
    watch.databaseAway = false;
    phases.enter('after');
    await untilAnswered(watch, watch.requests + ANSWERS_EACH * plugins.length);
  } catch (error) {
    // What is still away stays away: nobody has to wait for its answers.
    watch.abandoned = true;
    throw error;
  } finally {
    isOver = true;
    await traffic;
  }
  phases.enter('settle');
  const broken: RoundResult['broken'] = [];
  await world.withDatabase(async (database) => {
    const state: RestState = { world, database, plugins, billing, planRoom: PLAN.relays };
    const stillness = performance.now();
    for (const one of SETTLING) {
      const timeoutMs = Math.max(0, SETTLE_MS - (performance.now() - stillness));
      await note(broken, one, () => eventually(() => one.check(state), { timeoutMs, intervalMs: 100 }));
    }
    phases.enter('check');
    for (const one of LASTING) await note(broken, one, () => one.check(state));
  });
  phases.enter('clear');
  await Promise.all(plugins.map((plugin) => plugin.stopAll()));
  phases.end();
  const { requests, unavailable, unanswered } = watch;
  return {
    round: options.round,
    faults: options.faults.map(({ name }) => name),
    recoveryMs,
    settleMs: phases.tookMs.settle ?? 0,
    tookMs: Math.round(performance.now() - began),
    phasesMs: phases.tookMs,
    requests,
    unavailable,
    unanswered,
    broken: [...watch.faults.map((message) => ({ invariant: 'answers', message })), ...broken],
  };
}

/** What others wait for first, and processes last. */
const MENDING: Record<FaultGroup, number> = { database: 0, provider: 0, other: 1, api: 2, worker: 2 };

function inMendingOrder(faults: readonly Fault[]): Fault[] {
  return faults.toSorted((a, b) => MENDING[a.group] - MENDING[b.group]);
}

async function note(broken: RoundResult['broken'], { name }: Invariant, check: () => Promise<void>): Promise<void> {
  await check().catch((error: Error) => broken.push({ invariant: name, message: error.message }));
}

async function signInPlugins(world: World, watch: Watch, count: number, randomOf: (index: number) => () => number) {
  return world.withDatabase(async (database) => {
    const front = shopfrontOf(world, database);
    const signInOne = async (_: unknown, index: number): Promise<Plugin> => {
      const { id } = await makeUser(front, { plan: PLAN.tier });
      const tokens = await signInAt(calleeOf(front), TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY, id);
      return createPlugin({ userId: id, tokens, watch, random: randomOf(index) });
    };
    return Promise.all(Array.from({ length: count }, signInOne));
  });
}
