import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { makeUser } from '../factories.ts';
import { call } from '../http.ts';
import { calleeOf, signInAt } from '../ops/plugin.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { TEST_SECRETS } from '../test-app.ts';
import { prepareBilling, sendBilling } from './billing.ts';
import type { Fault } from './fault.ts';
import type { Part } from './fleet.ts';
import { type Invariant, LASTING, type RestState, SETTLING } from './invariants.ts';
import { createPlugin, type Plugin } from './plugin.ts';
import { createWatch, type Watch } from './watch.ts';
import { shopfrontOf, type World } from './world.ts';

/** How a round went. */
export interface RoundResult {
  round: number;
  faults: string[];
  /** From the mending of the fault until every process is ready and every API answers, in milliseconds. */
  recoveryMs: number;
  /** From the end of the traffic until instances, sessions and webhooks are in order, in milliseconds. */
  settleMs: number;
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
}

const PLAN = { tier: 'pro', relays: 3 } as const;
const RECOVERY_LIMIT = { timeoutMs: 60_000, intervalMs: 25 };
/** Instances must be those of the live sessions within this. */
const SETTLE_LIMIT = { timeoutMs: 60_000, intervalMs: 100 };
/** How long a fault lasts, in milliseconds; mostly short, and now and then longer than a request waits for a connection. */
const FAULT_MS = { least: 300, most: 7_500 };
/** Answers to each plugin before the fault, and behind the recovery. */
const ANSWERS_EACH = 8;

/** Lets traffic run, something go wrong, and looks at what is left of it. */
export async function runRound(world: World, options: RoundOptions): Promise<RoundResult> {
  const randomOf = (part: string) => createSeededRandom(`${options.seed} ${options.round} ${part}`);
  const random = randomOf('faults');
  const watch = createWatch(world.fleet, randomOf('ways'));
  const billing = await prepareBilling(world, randomOf('customers'));
  const plugins = await signInPlugins(world, watch, options.plugins, (index) => randomOf(`plugin ${index}`));
  let isOver = false;
  const traffic = Promise.all([
    ...plugins.map((plugin) => plugin.live(() => isOver)),
    sendBilling(billing, watch, randomOf('billing')),
  ]);
  traffic.catch(() => undefined);

  let recoveryMs = 0;
  try {
    await untilAnswered(watch, ANSWERS_EACH * plugins.length);
    watch.databaseAway = options.faults.some(({ databaseAway }) => databaseAway);
    const scene = { world, watch, billing, random };
    const mends = await Promise.all(inMendingOrder(options.faults).map(({ begin }) => begin(scene)));
    await pause(FAULT_MS.least + random() ** 2 * (FAULT_MS.most - FAULT_MS.least));
    const mended = performance.now();
    // The way to the database first, since processes only start where there is one.
    for (const mend of mends) await mend();
    await untilRecovered(world);
    recoveryMs = Math.round(performance.now() - mended);
    watch.databaseAway = false;
    await untilAnswered(watch, watch.requests + ANSWERS_EACH * plugins.length);
  } finally {
    isOver = true;
    await traffic;
  }
  const stillness = performance.now();
  const broken = watch.faults.map((message) => ({ invariant: 'answers', message }));
  await world.withDatabase(async (database) => {
    const state: RestState = { world, database, plugins, billing, planRoom: PLAN.relays };
    for (const one of SETTLING) await note(broken, one, () => eventually(() => one.check(state), SETTLE_LIMIT));
  });
  const settleMs = Math.round(performance.now() - stillness);
  await world.withDatabase(async (database) => {
    const state: RestState = { world, database, plugins, billing, planRoom: PLAN.relays };
    for (const one of LASTING) await note(broken, one, () => one.check(state));
  });
  for (const plugin of plugins) await plugin.stopAll();
  const { requests, unavailable, unanswered } = watch;
  const faults = options.faults.map(({ name }) => name);
  return { round: options.round, faults, recoveryMs, settleMs, requests, unavailable, unanswered, broken };
}

function inMendingOrder(faults: readonly Fault[]): Fault[] {
  const isProcess = ({ group }: Fault) => Number(group === 'api' || group === 'worker');
  return faults.toSorted((a, b) => isProcess(a) - isProcess(b));
}

async function note(broken: RoundResult['broken'], { name }: Invariant, check: () => Promise<void>): Promise<void> {
  await check().catch((error: Error) => broken.push({ invariant: name, message: error.message }));
}

async function signInPlugins(world: World, watch: Watch, count: number, randomOf: (index: number) => () => number) {
  return world.withDatabase(async (database) => {
    const front = shopfrontOf(world, database);
    const made: Plugin[] = [];
    for (let index = 0; index < count; index += 1) {
      const { id } = await makeUser(front, { plan: PLAN.tier });
      const tokens = await signInAt(calleeOf(front), TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY, id);
      made.push(createPlugin({ userId: id, tokens, watch, random: randomOf(index) }));
    }
    return made;
  });
}

async function untilAnswered(watch: Watch, requests: number): Promise<void> {
  await eventually(() => assert.ok(watch.requests >= requests, 'the traffic stands still'), RECOVERY_LIMIT);
}

/** As many as there were, each with everything that it needs, and every API answers. */
async function untilRecovered({ fleet, size }: World): Promise<void> {
  const isReady = async ({ role, server }: Part): Promise<void> => {
    const response = await fetch(`${server.adminUrl}/readyz`);
    const told = await response.text();
    assert.equal(response.status, 200, `${role} ${server.pid} says ${told}`);
    if (role === 'api') assert.equal((await call(server, 'GET', '/relay/manifest')).status < 500, true);
  };
  await eventually(async () => {
    assert.equal(fleet.apis().length, size.apis);
    assert.equal(fleet.workers().length, size.workers);
    await Promise.all([...fleet.apis(), ...fleet.workers()].map(isReady));
  }, RECOVERY_LIMIT);
}
