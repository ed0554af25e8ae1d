import assert from 'node:assert/strict';
import { signIn, signInNewUser, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { ALL_EVENT_NAMES, buildEvent, type EventData, type EventName } from '../support/lemonsqueezy/index.ts';
import { buy, settled, useShop } from '../support/shop.ts';
import { sendWebhook } from '../support/webhooks.ts';

/** Every event that the seller documents, as it would come for a running subscription to `standard`, and what must be so afterwards. */
const TABLE: {
  event: EventName;
  /** What the seller's object says; the times are later than all before. */
  attributes?: object;
  /** What is to be asked when the event only points to a subscription. */
  seller?: 'failPayment' | 'recover' | 'renew';
  action: string;
  plan: string;
  status: string;
  state: 'applied' | 'ignored';
}[] = [
  {
    event: 'subscription_created',
    attributes: { status: 'active' },
    action: 'activate',
    plan: 'standard',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_updated',
    attributes: { status: 'active', variant_id: 1003 },
    action: 'plan change',
    plan: 'pro',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_plan_changed',
    attributes: { status: 'active', variant_id: 1001 },
    action: 'plan change',
    plan: 'starter',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_cancelled',
    attributes: { status: 'cancelled', ends_at: 'later' },
    action: 'cancelled',
    plan: 'standard',
    status: 'canceled',
    state: 'applied',
  },
  {
    event: 'subscription_resumed',
    attributes: { status: 'active' },
    action: 'activate',
    plan: 'standard',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_expired',
    attributes: { status: 'expired' },
    action: 'downgrade',
    plan: 'free',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_paused',
    attributes: { status: 'paused', pause: { mode: 'void', resumes_at: null } },
    action: 'downgrade',
    plan: 'free',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_unpaused',
    attributes: { status: 'active' },
    action: 'activate',
    plan: 'standard',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_payment_failed',
    seller: 'failPayment',
    action: 'payment failed',
    plan: 'standard',
    status: 'past_due',
    state: 'applied',
  },
  {
    event: 'subscription_payment_success',
    seller: 'renew',
    action: 'payment',
    plan: 'standard',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_payment_recovered',
    seller: 'recover',
    action: 'payment recovered',
    plan: 'standard',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'subscription_payment_refunded',
    attributes: { status: 'refunded', refunded: true, total: 1000, refunded_amount: 1000 },
    action: 'refund',
    plan: 'free',
    status: 'active',
    state: 'applied',
  },
  {
    event: 'order_refunded',
    attributes: { status: 'refunded', refunded: true, total: 1000, refunded_amount: 1000 },
    action: 'refund',
    plan: 'free',
    status: 'active',
    state: 'applied',
  },
  { event: 'order_created', action: 'none', plan: 'standard', status: 'active', state: 'ignored' },
  { event: 'license_key_created', action: 'none', plan: 'standard', status: 'active', state: 'ignored' },
  { event: 'license_key_updated', action: 'none', plan: 'standard', status: 'active', state: 'ignored' },
  { event: 'affiliate_activated', action: 'none', plan: 'standard', status: 'active', state: 'ignored' },
];

describe('Webhooks of the seller', () => {
  const shop = useShop();

  const planOf = async (token: string) => {
    const { body } = await call(shop().app, 'GET', '/auth/session', { token });
    return [body.entitlement.plan_tier, body.entitlement.plan_status];
  };

  /** A new customer of `standard`, and ways to send what the seller says of it. */
  const customer = async () => {
    const { token, user } = await signInNewUser(shop().app, 'free');
    const id = await buy(shop(), token, { plan: 'standard' });
    await shop().app.advanceClock(60);
    const send = async (
      event: EventName,
      attributes: object = {},
      options: { testMode?: boolean; id?: string } = {},
    ) => {
      const text = buildEvent(event, dataFor(event, id, attributes), {
        customData: { user_id: user.id },
        testMode: options.testMode ?? true,
      });
      assert.equal((await sendWebhook(shop().app, text)).status, 200);
      await settled(shop());
      return (await lastEvent()) as {
        state: string;
        reason: string | null;
        event_name: string | null;
        user_id: string | null;
      };
    };
    return { token, user, id, send };
  };

  const lastEvent = () =>
    shop().app.database('billing_events').orderBy('received_at', 'desc').orderBy('id', 'desc').first();

  function dataFor(event: EventName, id: string, attributes: object): EventData {
    const subscription = shop().seller.subscription(id);
    const now = new Date(shop().app.clock.now().getTime()).toISOString();
    const later = new Date(shop().app.clock.now().getTime() + 86_400_000).toISOString();
    const given = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, value === 'later' ? later : value]),
    );
    if (event.startsWith('subscription_payment')) {
      return { id: '900', attributes: { subscription_id: Number(id), updated_at: now, ...given } };
    }
    if (event.startsWith('order'))
      return { id: String(subscription.order_id), attributes: { updated_at: now, ...given } };
    if (event.startsWith('subscription')) return { id, attributes: { ...subscription, updated_at: now, ...given } };
    return {};
  }

  it('are all in the table below', () => {
    assert.deepEqual(TABLE.map(({ event }) => event).sort(), [...ALL_EVENT_NAMES].sort());
  });

  for (const { event, attributes, seller, action, plan, status, state } of TABLE) {
    it(`${event} → ${action} → ${plan}, ${status}`, async () => {
      const { token, user, id, send } = await customer();
      // Only the events that are sent by hand below are to tell of it.
      shop().seller.webhooks = { drop: [...ALL_EVENT_NAMES] };
      if (seller === 'recover') await shop().seller.failPayment(id);
      if (seller) await shop().seller[seller](id);
      shop().seller.webhooks = {};
      const stored = await send(event, attributes);
      assert.deepEqual([stored.state, stored.event_name], [state, event]);
      if (state === 'applied') assert.equal(stored.user_id, user.id);
      assert.deepEqual(await planOf(token), [plan, status]);
    });
  }

  it('of an add-on follow its quantity', async () => {
    const { token } = await customer();
    const addon = await buy(shop(), token, { addon_relays: 2 });
    const relays = async () =>
      (await call(shop().app, 'GET', '/auth/session', { token })).body.entitlement.max_concurrent_conns;
    assert.equal(await relays(), 3);
    await shop().app.advanceClock(60);
    await shop().seller.changeQuantity(addon, 5);
    await settled(shop());
    assert.equal(await relays(), 6);
    await shop().app.advanceClock(60);
    await shop().seller.expire(addon);
    await settled(shop());
    assert.equal(await relays(), 1);
  });

  it('of a recovered payment open the next cycle', async () => {
    const { token, user, id } = await customer();
    const cycle = async () => (await call(shop().app, 'GET', '/usage/current', { token })).body;
    const first = await cycle();
    await shop().app.advanceClock((Date.parse(first.cycle_end) - shop().app.clock.now().getTime()) / 1000 + 3600);
    const { token: fresh } = await signIn(shop().app, user);
    await shop().seller.failPayment(id);
    await settled(shop());
    const late = (await call(shop().app, 'GET', '/usage/current', { token: fresh })).body;
    assert.deepEqual([late.plan_status, late.cycle_start], ['past_due', first.cycle_end], 'by the clock, paid or not');
    await shop().app.advanceClock(3600);
    await shop().seller.recover(id);
    await settled(shop());
    const { token: last } = await signIn(shop().app, user);
    const paid = (await call(shop().app, 'GET', '/usage/current', { token: last })).body;
    assert.deepEqual(
      [paid.plan_status, paid.cycle_start, paid.cycle_end],
      ['active', late.cycle_start, late.cycle_end],
    );
  });

  it('that downgrade stop live relays by the ordinary transitions, launches included', async () => {
    const { token, id } = await customer();
    const session = await startActive(shop().app, token);
    await shop().seller.expire(id);
    await settled(shop());
    const { body } = await call(shop().app, 'GET', `/relay/sessions/${session.session_id}`, { token });
    assert.equal(body.session.status, 'stopped');
    const last = await shop()
      .app.database('relay_session_events')
      .where({ session_id: session.session_id })
      .orderBy('id', 'desc')
      .first();
    assert.deepEqual(
      [last.from_status, last.to_status, last.cause, last.actor],
      ['active', 'stopped', 'subscription_ended', 'system'],
    );
  });

  it('of a smaller plan leave running relays alone', async () => {
    const { token, id } = await customer();
    const session = await startActive(shop().app, token);
    await shop().app.advanceClock(60);
    await shop().seller.changeVariant(id, '1001');
    await settled(shop());
    const { body } = await call(shop().app, 'GET', `/relay/sessions/${session.session_id}`, { token });
    assert.equal(body.session.status, 'active');
  });

  describe('that cannot be worked on', () => {
    const DEAD: [name: string, body: string, reason: string][] = [
      ['no JSON', 'hello', 'shapeless'],
      ['an empty object', '{}', 'shapeless'],
      ['null', 'null', 'shapeless'],
      [
        'a name with NUL',
        '{"meta":{"event_name":"a\\u0000"},"data":{"type":"x","id":"1","attributes":{}}}',
        'shapeless',
      ],
      ['an event without data', '{"meta":{"event_name":"subscription_updated"}}', 'shapeless'],
      [
        'a subscription without a status',
        buildEvent('subscription_updated', { attributes: { status: undefined } }),
        'shapeless',
      ],
      [
        'a status that nobody knows',
        buildEvent('subscription_updated', { attributes: { status: 'frozen' } }),
        'shapeless',
      ],
      [
        'a time that is none',
        buildEvent('subscription_updated', { attributes: { updated_at: 'yesterday' } }),
        'shapeless',
      ],
      ['an id that is none', buildEvent('subscription_updated', { id: "1' or '1'='1" }), 'shapeless'],
      [
        'a subscription of nobody',
        buildEvent('subscription_updated', { id: '5', attributes: { variant_id: 1002 } }),
        'unknown_user',
      ],
      [
        'a payment for a subscription that the seller does not know',
        buildEvent('subscription_payment_success', { attributes: { subscription_id: 123456 } }),
        'unknown_subscription',
      ],
    ];
    for (const [name, text, reason] of DEAD) {
      it(`${name}: is kept as a dead letter (${reason}), and counted`, async () => {
        assert.equal((await sendWebhook(shop().app, text)).status, 200);
        await settled(shop());
        const event = await lastEvent();
        assert.deepEqual([event.state, event.reason], ['dead', reason]);
        const metrics = await (await fetch(`${shop().app.adminUrl}/metrics`)).text();
        assert.match(metrics, new RegExp(`telemy_billing_alerts_total\\{reason="${reason}"\\} [1-9]`));
      });
    }

    it('a variant that is not in the plans: an alert, and no change of plan, while its status is followed', async () => {
      const { token, id } = await customer();
      await shop().seller.changeVariant(id, '9999');
      await settled(shop());
      assert.deepEqual(await planOf(token), ['standard', 'active']);
      const dead = await shop().app.database('billing_events').where({ state: 'dead', subscription_id: id });
      assert.equal(dead.length > 0 && dead.every(({ reason }) => reason === 'unknown_variant'), true);
      await shop().app.advanceClock(60);
      await shop().seller.expire(id);
      await settled(shop());
      assert.deepEqual(await planOf(token), ['free', 'active']);
    });
  });

  it('of part of the money change nothing', async () => {
    const { token, send } = await customer();
    const partial = { status: 'partial_refund', refunded: true, total: 1000, refunded_amount: 999 };
    for (const event of ['order_refunded', 'subscription_payment_refunded'] as const) {
      const { state, reason } = await send(event, partial);
      assert.deepEqual([state, reason], ['ignored', 'partial_refund']);
    }
    assert.deepEqual(await planOf(token), ['standard', 'active']);
  });

  it('that come before the subscription they are about are not forgotten', async () => {
    const { token, user } = await signInNewUser(shop().app, 'free');
    const { body } = await call(shop().app, 'POST', '/billing/checkout', { token, body: { plan: 'pro' } });
    shop().seller.webhooks = { drop: ['subscription_created', 'subscription_payment_success', 'order_created'] };
    const { subscriptionId, orderId } = await shop().seller.pay(body.checkout_url.split('/').at(-1));
    await shop().app.advanceClock(5);
    shop().seller.webhooks = {};
    await shop().seller.refundOrder(orderId);
    await settled(shop());
    const created = buildEvent(
      'subscription_created',
      { id: subscriptionId, attributes: shop().seller.subscription(subscriptionId) },
      { customData: { user_id: user.id }, testMode: true },
    );
    await sendWebhook(shop().app, created);
    await settled(shop());
    assert.deepEqual(await planOf(token), ['free', 'active'], 'refunded before it was known');
  });

  it('about one customer never change another', async () => {
    const [mine, other] = [await customer(), await customer()];
    await shop().seller.expire(other.id);
    await settled(shop());
    assert.deepEqual(await planOf(mine.token), ['standard', 'active']);
    // A subscription stays with whom it was bought for, whatever later custom data say.
    const text = buildEvent(
      'subscription_updated',
      dataFor('subscription_updated', other.id, { status: 'active', variant_id: 1003 }),
      { customData: { user_id: mine.user.id }, testMode: true },
    );
    await shop().app.advanceClock(60);
    await sendWebhook(shop().app, text);
    await settled(shop());
    assert.deepEqual(await planOf(mine.token), ['standard', 'active']);
  });
});

describe('Webhooks of the seller, in live mode', () => {
  const shop = useShop({ env: { LEMONSQUEEZY_MODE: 'live' } });

  it('about test data are stored, marked and left', async () => {
    const { token, user } = await signInNewUser(shop().app, 'free');
    const custom = { customData: { user_id: user.id } };
    const attributes = { variant_id: 1003, status: 'active' };
    for (const [id, testMode] of [
      ['81', true],
      ['82', false],
    ] as const) {
      await sendWebhook(shop().app, buildEvent('subscription_created', { id, attributes }, { ...custom, testMode }));
      await settled(shop());
      const event = await shop().app.database('billing_events').orderBy('received_at', 'desc').first();
      assert.deepEqual([event.state, event.reason], testMode ? ['ignored', 'test_mode'] : ['applied', null]);
      const { body } = await call(shop().app, 'GET', '/auth/session', { token });
      assert.equal(body.entitlement.plan_tier, testMode ? 'free' : 'pro');
    }
  });
});
