import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import type { LemonSqueezyStandIn } from '../support/lemonsqueezy/index.ts';
import { sellerEnv } from '../support/shop.ts';
import type { TestApp } from '../support/test-app.ts';
import { sendWebhook } from '../support/webhooks.ts';
import { type Customer, HISTORIES, liveThrough, openQuietSeller, readAccess } from './billing-histories.ts';
import { type Lab, openLab } from './lab.ts';

const CUSTOMERS_OF_EACH = 4;
/** Senders at once. */
const LANES = 12;
/** The queue gives a dead worker's job to the next one within 15 seconds. */
const RECOVERY = { timeoutMs: 60_000, intervalMs: 50 };

describe('Webhooks of the seller, while processes are killed with SIGKILL', function () {
  this.timeout(150_000);
  let seller: LemonSqueezyStandIn;
  let lab: Lab;
  let customers: Customer[];
  let bodies: string[];

  beforeEach(async () => {
    const { standIn, clock } = await openQuietSeller();
    seller = standIn;
    lab = await openLab(sellerEnv(seller));
    const all = HISTORIES.flatMap((history) => Array.from({ length: CUSTOMERS_OF_EACH }, () => history));
    customers = [];
    for (const history of all) customers.push(await liveThrough({ app: lab.api, seller, clock }, history));
    bodies = shuffled(seller.deliveries.map(({ body }) => body));
    assert.ok(bodies.length > 100);
  });

  afterEach(async () => {
    await seller.close();
    await lab.close();
  });

  it('are not lost when the API dies between storing and processing: what was answered is kept, with its job', async () => {
    const api = await lab.start('api');
    const answered = new Set<string>();
    const sending = sendAll(api, bodies, (body) => answered.add(body));
    await eventually(() => assert.ok(answered.size >= bodies.length / 3), RECOVERY);
    // Nobody gets further than to its job, whose row must come and go with the webhook's.
    const held = await lab.api.database.transaction();
    await held.raw('lock table jobs.job in exclusive mode');
    await eventually(async () => assert.ok(await someoneWaitsForALock()), RECOVERY);
    api.kill('SIGKILL');
    await api.exited;
    await held.rollback();
    await sending;
    assert.ok(answered.size < bodies.length, 'it was killed too late: everything was answered');
    const kept = new Set((await events()).map(({ body_sha256 }) => body_sha256.toString('hex')));
    for (const body of answered) assert.ok(kept.has(digestOf(body)), 'an answered webhook is kept');
    await assertOneJobEach();

    const next = await lab.start('api');
    const taken: string[] = [];
    await sendAll(next, [...bodies, ...bodies], (body) => taken.push(body));
    assert.equal(taken.length, bodies.length * 2);
    next.kill('SIGKILL');
    await next.exited;
    assert.deepEqual(new Set((await events()).map(({ state }) => state)), new Set(['received']));
    await assertOneJobEach();

    await lab.start('worker');
    await assertAllDone();
  });

  it('are worked on to the end when workers die in the midst of them, each with the effect of one', async () => {
    const taken: string[] = [];
    await sendAll(lab.api, bodies, (body) => taken.push(body));
    assert.equal(taken.length, bodies.length);

    // Whoever works on this customer's events is caught inside its transaction.
    const held = await lab.api.database.transaction();
    const caught = customers[0] as Customer;
    await held('users').where({ id: caught.user.id }).forUpdate().first();
    let settledBefore = 0;
    for (const share of [0.2, 0.5]) {
      const worker = await lab.start('worker');
      await eventually(async () => {
        settledBefore = (await events()).filter(({ state }) => state !== 'received').length;
        assert.ok(settledBefore >= bodies.length * share);
        assert.ok(await someoneWaitsForALock());
      }, RECOVERY);
      worker.kill('SIGKILL');
      await worker.exited;
    }
    await held.rollback();
    assert.ok(settledBefore < bodies.length);

    await lab.start('worker');
    await assertAllDone();
    const repeated = (await events()).filter(({ attempts }) => attempts > 1);
    assert.notEqual(repeated.length, 0, 'nobody was caught at work');
  });

  /** Every event has come to its end once, and every account is what its history makes of it. */
  async function assertAllDone(): Promise<void> {
    await eventually(async () => {
      assert.deepEqual(
        (await events()).filter(({ state }) => state === 'received'),
        [],
      );
      const open = await lab.api.database('jobs.job').where({ name: 'billing-event' }).whereNot({ state: 'completed' });
      assert.deepEqual(open, []);
    }, RECOVERY);
    const done = await events();
    assert.equal(done.length, bodies.length);
    const ends = new Set(done.map(({ event_name, state, reason }) => [event_name, state, reason].join()));
    const ignored = [...ends].filter((end) => !end.endsWith(',applied,'));
    assert.deepEqual(ignored, ['order_created,ignored,no_action']);
    for (const { history, ...customer } of customers) {
      assert.deepEqual(await readAccess(lab.api, customer), history.access, history.name);
    }
    const { database } = lab.api;
    assert.equal((await database('subscriptions')).length, seller.requests.filter(isCheckout).length);
    assert.equal((await database('subscription_refunds')).length, CUSTOMERS_OF_EACH);
    await assertOneJobEach();
  }

  const events = () =>
    lab.api.database('billing_events').select('id', 'body_sha256', 'event_name', 'state', 'reason', 'attempts');

  async function assertOneJobEach(): Promise<void> {
    const jobs = await lab.api.database('jobs.job').where({ name: 'billing-event' }).select('data');
    const ids = (await events()).map(({ id }) => id as string);
    assert.deepEqual(jobs.map(({ data }) => data.eventId).sort(), ids.sort());
  }

  async function someoneWaitsForALock(): Promise<boolean> {
    const { rows } = await lab.api.database.raw(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  }
});

/** Sends as the seller would; what isn't answered with 200 (a server that is gone) is not told to `onTaken`. */
async function sendAll(
  app: Pick<TestApp, 'url'>,
  bodies: readonly string[],
  onTaken: (body: string) => void,
): Promise<void> {
  const left = [...bodies];
  const lane = async (): Promise<void> => {
    for (let body = left.pop(); body !== undefined; body = left.pop()) {
      const answer = await sendWebhook(app, body).catch(() => undefined);
      if (answer?.status === 200) onTaken(body);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function isCheckout({ method, path }: { method: string; path: string }): boolean {
  return method === 'POST' && path === '/v1/checkouts';
}

function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

function shuffled<T>(items: T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
