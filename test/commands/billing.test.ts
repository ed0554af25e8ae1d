import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUser } from '../../src/features/account/index.ts';
import { DEFAULT_PLANS_FILE } from '../../src/features/account/plans-file.ts';
import { MOST_ATTEMPTS } from '../../src/features/billing/event-job.ts';
import { systemRandom } from '../../src/random.ts';
import { makeUser } from '../support/factories.ts';
import { buildEvent, type EventName, type Faults } from '../support/lemonsqueezy/index.ts';
import { openCheckout, sellerEnv, settled, useShop } from '../support/shop.ts';
import { startTestApp } from '../support/test-app.ts';
import { sendWebhook } from '../support/webhooks.ts';
import { assertRefused, cellsOf, operatorOf } from './operator.ts';

const SUBSCRIPTION = '71001';
const UNSOLD = '9999';

describe('billing', () => {
  const shop = useShop({ roles: ['api'] });
  const operator = () => operatorOf(shop().app);
  let dir: string;
  let otherPlans: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'telemy-billing-'));
    otherPlans = join(dir, 'plans.yaml');
    writeFileSync(otherPlans, readFileSync(DEFAULT_PLANS_FILE, 'utf8').replace("'1003'", `'1003', '${UNSOLD}'`));
  });
  after(() => rmSync(dir, { recursive: true }));

  beforeEach(async () => {
    shop().seller.faults = {};
    const { database } = shop().app;
    await database('billing_events').delete();
    await database('subscriptions').delete();
  });

  /** Works on all that is there, with a worker of this configuration. */
  async function work(env: Record<string, string> = {}): Promise<void> {
    const { app, seller } = shop();
    const worker = await startTestApp({
      roles: ['worker'],
      databaseUrl: app.databaseUrl,
      env: { ...sellerEnv(seller), ...env },
    });
    await settled(shop()).finally(() => worker.stop());
  }

  async function send(body: string): Promise<string> {
    const before = new Set(await ids());
    const { status, text } = await sendWebhook(shop().app, body);
    assert.equal(status, 200, text);
    return (await ids()).find((id) => !before.has(id)) as string;
  }

  const ids = async (): Promise<string[]> => shop().app.database('billing_events').pluck('id');
  const find = async (id: string) => {
    const { state, reason, attempts } = await shop().app.database('billing_events').where({ id }).first();
    return [state, reason, attempts];
  };
  const tierOf = async (userId: string) => {
    const { subscriptions } = await shop().app.database('users').where({ id: userId }).first();
    return subscriptions.map((one: { product: { tier: string } }) => one.product.tier);
  };

  /** A cause of a dead letter: what is sent with what in the way, and what takes it away; the user is on `pro` then. */
  interface Cause {
    reason: string;
    body(userId: string): string | Promise<string>;
    faults?: Faults;
    /** Attempts that were made already. */
    attempts?: number;
    /** Environment of the worker that finds the cause gone. */
    env?: () => Record<string, string>;
    mend?(userId: string): Promise<void>;
    /** Who is to make the user: nobody before it is mended. */
    nobody?: boolean;
  }

  const subscription = (userId: string, variant = '1003') =>
    event('subscription_created', { id: SUBSCRIPTION, attributes: { variant_id: Number(variant) } }, userId);
  /** Of a subscription that the seller knows, and of which we were told once. */
  const payment = async (userId: string) => {
    const id = await subscribe(userId);
    return event('subscription_payment_success', { attributes: { subscription_id: Number(id) } });
  };

  /** Buys the plan `starter`, tells us, and moves to `pro` without a word. */
  async function subscribe(userId: string): Promise<string> {
    const { seller } = shop();
    seller.webhooks = { drop: ['order_created', 'subscription_payment_success'] };
    const checkout = await openCheckout(seller, { id: userId, email: `${userId}@example.com` }, '1001');
    const { subscriptionId } = await seller.pay(checkout);
    await seller.settled();
    await work();
    seller.webhooks = { drop: ['subscription_updated', 'subscription_plan_changed'] };
    await shop().app.advanceClock(60);
    await seller.changeVariant(subscriptionId, '1003');
    return subscriptionId;
  }

  const CAUSES: Cause[] = [
    {
      reason: 'unknown_user',
      body: (userId) => subscription(userId),
      nobody: true,
      mend: (userId) => makeUserWithId(userId),
    },
    {
      reason: 'unknown_variant',
      body: (userId) => subscription(userId, UNSOLD),
      env: () => ({ PLANS_FILE: otherPlans }),
    },
    { reason: 'unknown_subscription', body: payment, faults: { status: 404 } },
    { reason: 'seller_refused', body: payment, faults: { status: 401 } },
    { reason: 'gave_up', body: payment, faults: { status: 503 }, attempts: MOST_ATTEMPTS - 1 },
  ];

  async function makeUserWithId(id: string): Promise<void> {
    const { database, clock } = shop().app;
    const random = { ...systemRandom, id: () => id };
    await createUser(
      { database, clock, random },
      { email: `${randomUUID()}@example.com`, planTier: 'free', displayName: '' },
    );
  }

  for (const { reason, body, faults = {}, attempts = 0, env, mend, nobody } of CAUSES) {
    it(`replay works once the cause of ${reason} is gone, and says ${reason} again as long as it isn't`, async () => {
      const userId = nobody ? systemRandom.id('usr') : (await makeUser(shop().app, { plan: 'free' })).id;
      const id = await send(await body(userId));
      shop().seller.faults = faults;
      await shop().app.database('billing_events').where({ id }).update({ attempts });
      await work();
      assert.deepEqual(await find(id), ['dead', reason, attempts + 1]);

      if (reason !== 'gave_up') {
        assert.deepEqual(await operator().json('billing', 'replay', id), { replayed: 1 });
        await work();
        assert.deepEqual(await find(id), ['dead', reason, 1]);
      }

      shop().seller.faults = {};
      await mend?.(userId);
      assert.deepEqual(await operator().json('billing', 'replay', id), { replayed: 1 });
      await work(env?.());
      assert.deepEqual(await find(id), ['applied', null, 1]);
      assert.deepEqual(await tierOf(userId), ['pro']);
    });
  }

  it('replay leaves what is no JSON, or not what the seller documents, dead for ever', async () => {
    await send('no JSON');
    await send(JSON.stringify({ meta: { event_name: 'subscription_created' }, data: [] }));
    await work();
    assert.deepEqual(await operator().json('billing', 'replay', '--dead'), { replayed: 2 });
    await work();
    const [one, two] = await operator().json('billing', 'list');
    assert.deepEqual([one.reason, two.reason, one.attempts, two.attempts], ['shapeless', 'shapeless', 1, 1]);
    assert.match(one.detail, /^meta|^data/);
    assert.equal(two.detail, 'is not JSON');
  });

  it('replay of what is applied already changes nothing, however often it is done', async () => {
    const user = await makeUser(shop().app, { plan: 'free' });
    const id = await send(subscription(user.id));
    await work();
    const before = await shop().app.database('users').where({ id: user.id }).first();
    await operator().json('billing', 'replay', id, id);
    await operator().json('billing', 'replay', id);
    await work();
    assert.deepEqual(await find(id).then(([state, reason]) => [state, reason]), ['applied', null]);
    const { subscriptions, plan_tier } = await shop().app.database('users').where({ id: user.id }).first();
    assert.deepEqual([subscriptions, plan_tier], [before.subscriptions, before.plan_tier]);
    assert.equal((await shop().app.database('subscription_snapshots')).length, 1);
  });

  it('replay of several, one of them unknown, replays none', async () => {
    const id = await send('no JSON');
    await work();
    const refused = await operator().run('billing', 'replay', id, 'bev_0');
    assertRefused(refused, /^There is no webhook bev_0\. See: npm run billing -- list --state all$/m);
    assert.deepEqual(await find(id), ['dead', 'shapeless', 1]);
  });

  describe('looking at webhooks', () => {
    let applied: string;
    let dead: string[];
    let userId: string;

    beforeEach(async () => {
      userId = (await makeUser(shop().app, { plan: 'free' })).id;
      applied = await send(subscription(userId));
      dead = [await send('no JSON'), await send(event('subscription_created', { id: '71002' }, 'usr_gone'))];
      await work();
    });

    it('list shows the dead ones, newest first, in a table', async () => {
      const { code, stdout } = await operator().run('billing', 'list');
      assert.equal(code, 0);
      const [head, ...lines] = cellsOf(stdout);
      const names = ['id', 'received_at', 'event', 'state', 'reason', 'detail', 'user', 'subscription', 'attempts'];
      assert.deepEqual(head, names);
      const cells = lines.map(([id, , name, state, reason, , , about]) => [id, name, state, reason, about]);
      assert.deepEqual(cells, [
        [dead[1], 'subscription_created', 'dead', 'unknown_user', '71002'],
        [dead[0], '', 'dead', 'shapeless', ''],
      ]);
    });

    it('list shows those of a state, of a user, and no more than wanted', async () => {
      const listed = async (...args: string[]) =>
        (await operator().json('billing', 'list', ...args)).map((line: { id: string }) => line.id);
      assert.deepEqual(await listed('--state', 'all'), [...dead.toReversed(), applied]);
      assert.deepEqual(await listed('--state', 'applied'), [applied]);
      assert.deepEqual(await listed('--state', 'all', '--user', userId), [applied]);
      assert.deepEqual(await listed('--limit', '1'), [dead[1]]);
      const { stdout } = await operator().run('billing', 'list', '--state', 'ignored');
      assert.equal(stdout, 'No ignored webhooks.\n');
    });

    it('summary counts them by state', async () => {
      assert.deepEqual(await operator().json('billing', 'summary'), { applied: 1, dead: 2 });
    });

    it('show tells what was sent: JSON as JSON, anything else as text', async () => {
      const shown = await operator().json('billing', 'show', applied);
      assert.deepEqual([shown.id, shown.state, shown.user, shown.attempts], [applied, 'applied', userId, 1]);
      assert.equal(shown.body.data.id, SUBSCRIPTION);
      assert.deepEqual((await operator().json('billing', 'show', dead[0] as string)).body, 'no JSON');
    });
  });

  const MISTAKES: [command: string, message: RegExp][] = [
    ['billing show bev_0', /^There is no webhook bev_0\. See: npm run billing -- list --state all$/m],
    ['billing show', /missing required argument 'event'/],
    ['billing replay', /^Name events, or say --dead\.$/m],
    ['billing replay bev_0 --dead', /^Name events, or say --dead\.$/m],
    ['billing replay bev_0', /^There is no webhook bev_0\./m],
    ['billing list --limit 0', /^--limit must be a whole number from 1\.$/m],
    ['billing list --state lost', /'lost' is invalid\. Allowed choices are received, applied, ignored, dead, all/],
    ['billing refund', /unknown command 'refund'/],
  ];
  for (const [command, message] of MISTAKES) {
    it(`"${command}" is told without a stack, and ends with 1`, async () => {
      assertRefused(await operator().run(...command.split(' ')), message);
    });
  }
});

function event(name: EventName, data: Parameters<typeof buildEvent>[1], userId?: string): string {
  return buildEvent(name, data, {
    testMode: true,
    ...(userId === undefined ? {} : { customData: { user_id: userId } }),
  });
}
