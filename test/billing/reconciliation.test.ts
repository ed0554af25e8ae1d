import assert from 'node:assert/strict';
import { signIn, signInNewUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { ALL_EVENT_NAMES } from '../support/lemonsqueezy/index.ts';
import { buy, settled, useShop } from '../support/shop.ts';

describe('The hourly reconciliation', () => {
  const shop = useShop();
  afterEach(async () => {
    shop().seller.faults = {};
    shop().seller.webhooks = {};
    await shop().app.database('users').delete();
  });

  const customer = async () => {
    const { token, user } = await signInNewUser(shop().app, 'free');
    const id = await buy(shop(), token, { plan: 'standard' });
    // Bought and looked at within one second, it is looked at once more a minute later.
    await shop().app.advanceClock(60);
    assert.equal(await reconcile(), 1);
    const plan = async () => {
      const { token } = await signIn(shop().app, user);
      const { entitlement } = (await call(shop().app, 'GET', '/auth/session', { token })).body;
      return [entitlement.plan_tier, entitlement.plan_status];
    };
    return { id, plan };
  };
  const reconcile = () => shop().app.worker?.reconcileSubscriptions();
  const asked = () => shop().seller.requests.filter(({ method }) => method === 'GET').length;

  it('finds what every webhook missed within the hour', async () => {
    const { id, plan } = await customer();
    shop().seller.webhooks = { drop: [...ALL_EVENT_NAMES] };
    await shop().app.advanceClock(60);
    await shop().seller.changeVariant(id, '1003');
    assert.equal(await reconcile(), 0, 'not due yet');
    await shop().app.advanceClock(3_600);
    assert.equal(await reconcile(), 1);
    assert.deepEqual(await plan(), ['pro', 'active']);
    await shop().seller.expire(id);
    await shop().app.advanceClock(3_600);
    assert.equal(await reconcile(), 1);
    assert.deepEqual(await plan(), ['free', 'active']);
    await shop().app.advanceClock(7_200);
    assert.equal(await reconcile(), 0, 'what has expired is asked about no more');
  });

  it('is not misled by what changed again within the second in which it was looked at', async () => {
    const { token } = await signInNewUser(shop().app, 'free');
    const id = await buy(shop(), token, { plan: 'standard' });
    await shop().seller.changeVariant(id, '1003');
    await settled(shop());
    const { entitlement } = (await call(shop().app, 'GET', '/auth/session', { token })).body;
    assert.equal(entitlement.plan_tier, 'pro');
  });

  it('asks about each once an hour, however often it runs and whoever runs it', async () => {
    await customer();
    await shop().app.advanceClock(3_600);
    const before = asked();
    await Promise.all([reconcile(), reconcile(), reconcile()]);
    await reconcile();
    assert.equal(asked() - before, 1);
  });

  it('asks about at most 30 in a run, and goes on with the rest in the next ones', async () => {
    const { id } = await customer();
    const { database } = shop().app;
    const due = shop().app.clock.now();
    await database('subscriptions').where({ id }).update({ sync_due_at: null });
    const copies = Array.from({ length: 64 }, (_, index) => ({
      id: `${id}${100 + index}`,
      order_id: '1',
      sync_due_at: due,
    }));
    await database('subscriptions').insert(copies);
    const before = asked();
    const runs = [await reconcile(), await reconcile(), await reconcile(), await reconcile()];
    assert.equal(asked() - before, 64);
    assert.deepEqual(runs, [30, 30, 4, 0]);
    await database('subscriptions')
      .whereIn(
        'id',
        copies.map((copy) => copy.id),
      )
      .delete();
  });

  for (const faults of [{ status: 503 }, { status: 429, retryAfterSeconds: 60 }]) {
    it(`stops asking while the seller answers ${faults.status}, changes nothing, and resumes by itself`, async () => {
      const { id, plan } = await customer();
      await shop().seller.changeVariant(id, '1003');
      await settled(shop());
      shop().seller.faults = faults;
      await shop().app.advanceClock(3_600);
      assert.equal(await reconcile(), 0);
      assert.deepEqual(await plan(), ['pro', 'active']);
      shop().seller.faults = {};
      assert.equal(await reconcile(), 0, 'whoever claimed it may still be at it');
      await shop().app.advanceClock(300);
      assert.equal(await reconcile(), 1);
    });
  }

  it('leaves an account alone whose subscription the seller does not know any more, and asks no further', async () => {
    const { id, plan } = await customer();
    await shop().app.database('subscriptions').where({ id }).update({ sync_due_at: shop().app.clock.now() });
    shop().seller.faults = { status: 404 };
    await reconcile();
    assert.deepEqual(await plan(), ['standard', 'active']);
    const row = await shop().app.database('subscriptions').where({ id }).first('sync_due_at');
    assert.equal(row.sync_due_at, null);
  });
});
