import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import getRawBody from 'raw-body';
import {
  ALL_EVENT_NAMES,
  buildEvent,
  type LemonSqueezyStandIn,
  type LemonSqueezyStandInOptions,
  startLemonSqueezyStandIn,
  vendorTime,
} from '../support/lemonsqueezy/index.ts';
import { createStillClock, type StillClock } from '../support/still-clock.ts';

const KEY = 'a-key';
const SECRET = 'a-webhook-secret';
const START = '2026-01-31T12:00:00.900Z';
const CUSTOM = { user_id: 'usr_1' };

interface Received {
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape.
  event: any;
}

describe('LemonSqueezy stand-in', () => {
  let clock: StillClock;
  let receiver: Server;
  let received: Received[];
  /** Statuses of the receiver's next answers; then 200. */
  let statuses: number[];
  /** Milliseconds for which the sender meant to wait. */
  let waits: number[];
  let standIn: LemonSqueezyStandIn;

  beforeEach(async () => {
    clock = createStillClock(START);
    [received, statuses, waits] = [[], [], []];
    receiver = createServer(async (request, response) => {
      const bytes = await getRawBody(request);
      received.push({ headers: request.headers, bytes, event: JSON.parse(bytes.toString()) });
      response.writeHead(statuses.shift() ?? 200, { Location: '/elsewhere' }).end();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    standIn = await start();
  });

  afterEach(async () => {
    await standIn.close();
    receiver.closeAllConnections();
    receiver.close();
  });

  async function start(options: Partial<LemonSqueezyStandInOptions> = {}): Promise<LemonSqueezyStandIn> {
    return await startLemonSqueezyStandIn({
      apiKey: KEY,
      storeId: '77',
      webhookSecret: SECRET,
      webhookUrl: () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
      variants: [
        { id: '101', name: 'Standard', productName: 'Relay plan <&>', kind: 'plan' },
        { id: '102', name: 'Pro', productName: 'Relay plan <&>', kind: 'plan', trialDays: 14 },
        { id: '201', name: 'Extra relay', productName: 'Add-ons', kind: 'addon', price: 333 },
      ],
      clock,
      testMode: true,
      sleep: async (ms) => void waits.push(ms),
      ...options,
    });
  }

  async function api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${standIn.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/vnd.api+json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  function checkoutBody(variantId: unknown = '101', attributes: object = { checkout_data: { custom: CUSTOM } }) {
    const relationships = {
      store: { data: { type: 'stores', id: '77' as unknown } },
      variant: { data: { type: 'variants', id: variantId } },
    };
    return { data: { type: 'checkouts', attributes, relationships } };
  }

  async function checkout(variantId?: string, attributes?: object): Promise<string> {
    const { status, body } = await api('POST', '/v1/checkouts', checkoutBody(variantId, attributes));
    assert.equal(status, 201);
    return body.data.id;
  }

  async function subscribe(): Promise<string> {
    const { subscriptionId } = await standIn.pay(await checkout());
    await takeEvents();
    return subscriptionId;
  }

  /** Waits for all webhooks; their names in alphabetical order, since they come in any. */
  async function takeEvents(): Promise<string[]> {
    await standIn.settled();
    return received
      .splice(0)
      .map(({ event }) => event.meta.event_name as string)
      .sort();
  }

  const refusal = (status: number) => (error: { status?: number }) => error.status === status;

  describe('API', () => {
    it('refuses a wrong or missing key with a JSON:API error', async () => {
      for (const Authorization of ['', 'Bearer wrong', KEY]) {
        const { status, headers, body } = await api('POST', '/v1/checkouts', checkoutBody(), { Authorization });
        assert.equal(status, 401);
        assert.equal(headers.get('content-type'), 'application/vnd.api+json');
        assert.deepEqual(body.errors, [{ detail: 'Unauthenticated.', status: '401', title: 'Unauthorized' }]);
      }
    });

    it('makes a checkout that shows what was asked for beside the defaults', async () => {
      const checkout_data = { email: 'a@example.com', custom: CUSTOM, variant_quantities: [] };
      const product_options = { redirect_url: 'https://example.com/done' };
      const wishes = { checkout_data, product_options, expires_at: '2026-01-31T13:00:00+00:00', test_mode: false };
      const { status, body } = await api('POST', '/v1/checkouts', checkoutBody('101', wishes));
      assert.equal(status, 201);
      const { id, type, attributes } = body.data;
      assert.equal(type, 'checkouts');
      assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.equal(attributes.url, `${standIn.url}/checkout/${id}`);
      assert.deepEqual([attributes.store_id, attributes.variant_id, attributes.custom_price], [77, 101, null]);
      assert.equal(attributes.expires_at, '2026-01-31T13:00:00.000000Z');
      assert.equal(attributes.created_at, '2026-01-31T12:00:00.000000Z');
      assert.equal(attributes.test_mode, false);
      assert.deepEqual(attributes.checkout_data.custom, CUSTOM);
      assert.equal(attributes.checkout_data.tax_number, '');
      assert.equal(attributes.product_options.redirect_url, 'https://example.com/done');
    });

    const wrong: [string, unknown, string][] = [
      ['a number as variant', checkoutBody(101), '/data/relationships/variant/data/id'],
      [
        'a number as custom value',
        withData({ custom: { user_id: 1 } }),
        '/data/attributes/checkout_data/custom/user_id',
      ],
      ['an empty custom value', withData({ custom: { user_id: '' } }), '/data/attributes/checkout_data/custom/user_id'],
      [
        'a text as quantity',
        withData({ variant_quantities: [{ variant_id: 201, quantity: '2' }] }),
        '/data/attributes/checkout_data/variant_quantities/0/quantity',
      ],
      ['a broken e-mail', withData({ email: 'nobody' }), '/data/attributes/checkout_data/email'],
      [
        'a redirect that is no web address',
        checkoutBody('101', { product_options: { redirect_url: 'javascript:alert(1)' } }),
        '/data/attributes/product_options/redirect_url',
      ],
      ['a time that is none', checkoutBody('101', { expires_at: 'tomorrow' }), '/data/attributes/expires_at'],
      ['another type', { data: { ...checkoutBody().data, type: 'orders' } }, '/data/type'],
      ['no relationships', { data: { type: 'checkouts' } }, '/data/relationships'],
    ];
    function withData(checkout_data: object) {
      return checkoutBody('101', { checkout_data });
    }

    for (const [name, body, pointer] of wrong) {
      it(`refuses ${name} with 422, pointing at it`, async () => {
        const answer = await api('POST', '/v1/checkouts', body);
        assert.equal(answer.status, 422);
        const [error, ...others] = answer.body.errors;
        assert.deepEqual([error.source.pointer, error.status, others.length], [pointer, '422', 0]);
      });
    }

    it('refuses a store id that is a number, unknown stores and variants, and bodies that are no JSON:API', async () => {
      const numeric = checkoutBody();
      numeric.data.relationships.store.data.id = 77;
      assert.equal((await api('POST', '/v1/checkouts', numeric)).body.errors[0].status, '422');
      const stranger = checkoutBody();
      stranger.data.relationships.store.data.id = '78';
      for (const [body, pointer] of [
        [stranger, '/data/relationships/store'],
        [checkoutBody('999'), '/data/relationships/variant'],
      ] as const) {
        const { status, body: answer } = await api('POST', '/v1/checkouts', body);
        assert.deepEqual([status, answer.errors[0].source.pointer], [404, pointer]);
      }
      assert.equal((await api('POST', '/v1/checkouts', '{')).status, 400);
      const plain = await api('POST', '/v1/checkouts', checkoutBody(), { 'Content-Type': 'application/json' });
      assert.equal(plain.status, 415);
      assert.equal((await api('GET', '/v1/subscriptions/1', undefined, { Accept: 'text/html' })).status, 406);
    });

    it('shows a subscription as its events do, with numbers as ids and without custom data', async () => {
      const { subscriptionId, orderId } = await standIn.pay(await checkout());
      await standIn.settled();
      const { status, body } = await api('GET', `/v1/subscriptions/${subscriptionId}`);
      assert.equal(status, 200);
      const created = received.find(({ event }) => event.meta.event_name === 'subscription_created')?.event;
      assert.deepEqual(body.data, created.data);
      assert.deepEqual(created.meta.custom_data, CUSTOM);
      assert.equal(JSON.stringify(body).includes('usr_1'), false);
      const { attributes, id } = body.data;
      assert.deepEqual([id, String(attributes.order_id)], [subscriptionId, orderId]);
      assert.equal(attributes.first_subscription_item.subscription_id, Number(subscriptionId));
      const shown = { status: 'active', status_formatted: 'Active', pause: null, cancelled: false, ends_at: null };
      assert.deepEqual({ ...attributes, ...shown, variant_id: 101, store_id: 77, billing_anchor: 31 }, attributes);
      assert.equal((await api('GET', '/v1/subscriptions/1')).body.errors[0].title, 'Not Found');
    });

    it('gives other ids after a restart', async () => {
      const first = Number(await subscribe());
      await standIn.close();
      standIn = await start();
      assert.ok(Math.abs(Number(await subscribe()) - first) > 20);
    });

    it('records each call, whatever it came to', async () => {
      standIn.faults = { status: 500 };
      await api('POST', '/v1/checkouts', checkoutBody());
      await api('GET', '/v1/subscriptions/5?include=order');
      const [post, get] = standIn.requests;
      assert.deepEqual([post?.method, post?.path, post?.body], ['POST', '/v1/checkouts', checkoutBody()]);
      assert.equal(post?.headers.authorization, `Bearer ${KEY}`);
      assert.deepEqual([get?.path, get?.body], ['/v1/subscriptions/5', undefined]);
    });

    it('answers with the fault that is switched on, for as many calls as were asked for', async () => {
      standIn.faults = { status: 429, retryAfterSeconds: 7, count: 1 };
      const limited = await api('GET', '/v1/subscriptions/1');
      assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);
      assert.equal((await api('GET', '/v1/subscriptions/1')).status, 404);
      standIn.faults = { status: 500, delayMs: 0 };
      for (const _ of [1, 2]) assert.equal((await api('GET', '/v1/subscriptions/1')).body.errors[0].status, '500');
    });

    it('never answers while it hangs, and lets go when it is closed', async () => {
      standIn.faults = { delayMs: 'hang' };
      const outcome = api('GET', '/v1/subscriptions/1').then(
        () => 'answered',
        () => 'cut',
      );
      // Another connection is served to its end, so the first was received too.
      while (standIn.requests.length === 0) await fetch(`${standIn.url}/stand-in`);
      assert.equal(await Promise.race([outcome, fetch(`${standIn.url}/stand-in`).then(() => 'waits')]), 'waits');
      await standIn.close();
      assert.equal(await outcome, 'cut');
      standIn = await start();
    });
  });

  describe('checkout page', () => {
    const pay = (id: string) => api('POST', `/checkout/${id}/pay`);

    it('names the product, runs no script and allows the redirect that follows the form', async () => {
      const id = await checkout('101', { product_options: { redirect_url: 'https://example.com/done?x=1' } });
      const { status, text, headers } = await api('GET', `/checkout/${id}`);
      assert.equal(status, 200);
      assert.match(text, /<h1>Relay plan &#60;&#38;&#62;<\/h1>/);
      assert.match(text, /name="viewport"/);
      assert.match(text, new RegExp(`<form method="post" action="/checkout/${id}/pay"><button>Pay</button>`));
      assert.doesNotMatch(text, /<script/);
      assert.match(headers.get('content-security-policy') ?? '', /form-action 'self' https:\/\/example\.com;/);
      const paid = await pay(id);
      assert.deepEqual([paid.status, paid.headers.get('location')], [303, 'https://example.com/done?x=1']);
      assert.equal((await takeEvents()).length, 3);
    });

    it('charges once: a paid checkout says so and sends nothing more', async () => {
      const id = await checkout();
      assert.equal((await pay(id)).status, 200);
      for (const answer of [await pay(id), await api('GET', `/checkout/${id}`)]) {
        assert.equal(answer.status, 410);
        assert.match(answer.text, /Paid already/);
      }
      await assert.rejects(standIn.pay(id), refusal(409));
      assert.equal((await takeEvents()).length, 3);
    });

    it('can be paid until the moment it expires', async () => {
      const id = await checkout('101', { expires_at: '2026-01-31T12:00:10Z' });
      clock.set('2026-01-31T12:00:09.999Z');
      assert.equal((await api('GET', `/checkout/${id}`)).status, 200);
      clock.set('2026-01-31T12:00:10.000Z');
      for (const answer of [await pay(id), await api('GET', `/checkout/${id}`)]) {
        assert.equal(answer.status, 410);
        assert.match(answer.text, /expired/);
      }
      await assert.rejects(standIn.pay(id), refusal(409));
      assert.equal((await api('GET', '/checkout/none')).status, 404);
      assert.deepEqual(await takeEvents(), []);
    });

    it('begins the trial of a variant that has one', async () => {
      const id = await checkout('102');
      assert.match((await api('GET', `/checkout/${id}`)).text, /free for 14 days/);
      await pay(id);
      assert.deepEqual(await takeEvents(), ['order_created', 'subscription_created']);
    });
  });

  describe('actions', () => {
    it('pays: one order, one subscription for the quantity asked for, one paid invoice', async () => {
      const variant_quantities = [{ variant_id: 201, quantity: 3 }];
      const checkout_data = { email: 'a@example.com', name: 'Ann', custom: CUSTOM, variant_quantities };
      const receipt = await standIn.pay(await checkout('201', { checkout_data }));
      await standIn.settled();
      const data = Object.fromEntries(received.map(({ event }) => [event.meta.event_name, event.data]));
      const { order_created, subscription_created, subscription_payment_success, ...others } = data;
      assert.deepEqual(others, {});
      assert.deepEqual([order_created.id, order_created.attributes.total], [receipt.orderId, 999]);
      assert.equal(order_created.attributes.user_email, 'a@example.com');
      assert.equal(subscription_created.attributes.first_subscription_item.quantity, 3);
      const { type, id, attributes } = subscription_payment_success;
      assert.deepEqual([type, id], ['subscription-invoices', receipt.invoiceId]);
      assert.equal(attributes.subscription_id, Number(receipt.subscriptionId));
      assert.deepEqual([attributes.billing_reason, attributes.status, attributes.total], ['initial', 'paid', 999]);
    });

    it('renews monthly on the day of the purchase, or on the last day of shorter months', async () => {
      const id = await subscribe();
      const renewals = [standIn.subscription(id).renews_at];
      for (const _ of [1, 2, 3]) {
        await standIn.renew(id);
        renewals.push(standIn.subscription(id).renews_at);
      }
      const days = renewals.map((time) => time.slice(0, 10));
      assert.deepEqual(days, ['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']);
      const names = Array.from({ length: 3 }, () => ['subscription_payment_success', 'subscription_updated']).flat();
      assert.deepEqual(await takeEvents(), names.sort());
    });

    it('takes a trial to its end, then to a month that is paid', async () => {
      const { subscriptionId: id } = await standIn.payWithTrial(await checkout('102'));
      assert.deepEqual(await takeEvents(), ['order_created', 'subscription_created']);
      const trial = standIn.subscription(id);
      assert.deepEqual([trial.status, trial.status_formatted], ['on_trial', 'On Trial']);
      assert.deepEqual([trial.trial_ends_at, trial.renews_at], Array(2).fill('2026-02-14T12:00:00.000000Z'));
      await standIn.renew(id);
      const { status, renews_at } = standIn.subscription(id);
      assert.deepEqual([status, renews_at], ['active', '2026-03-14T12:00:00.000000Z']);
    });

    it('shows the next attempt while a payment is overdue, and the due day again once it is recovered', async () => {
      const id = await subscribe();
      clock.set('2026-02-28T12:00:00Z');
      const failed = await standIn.failPayment(id);
      assert.deepEqual(await takeEvents(), ['subscription_payment_failed', 'subscription_updated']);
      assert.equal(standIn.subscription(id).status, 'past_due');
      assert.equal(standIn.subscription(id).renews_at, '2026-03-04T00:00:00.000000Z');
      clock.set('2026-03-04T00:00:00Z');
      assert.equal((await standIn.failPayment(id)).invoiceId, failed.invoiceId);
      await standIn.unpaid(id);
      assert.equal(standIn.subscription(id).status, 'unpaid');
      await takeEvents();
      assert.equal((await standIn.recover(id)).invoiceId, failed.invoiceId);
      const { status, renews_at } = standIn.subscription(id);
      assert.deepEqual([status, renews_at], ['active', '2026-03-31T12:00:00.000000Z']);
      const names = ['subscription_payment_recovered', 'subscription_payment_success', 'subscription_updated'];
      assert.deepEqual(await takeEvents(), names);
    });

    it('keeps a cancelled subscription until its paid time ends, and takes the cancellation back', async () => {
      const id = await subscribe();
      clock.forward(60);
      await standIn.cancel(id);
      const { status, cancelled, ends_at, renews_at, created_at, updated_at } = standIn.subscription(id);
      assert.equal(Date.parse(updated_at) - Date.parse(created_at), 60_000);
      assert.deepEqual([status, cancelled, ends_at], ['cancelled', true, renews_at]);
      assert.deepEqual(await takeEvents(), ['subscription_cancelled', 'subscription_updated']);
      await standIn.resume(id);
      const resumed = standIn.subscription(id);
      assert.deepEqual([resumed.status, resumed.cancelled, resumed.ends_at], ['active', false, null]);
      assert.deepEqual(await takeEvents(), ['subscription_resumed', 'subscription_updated']);
    });

    it('expires at once, or at the end that was set when that is over', async () => {
      const [one, two] = [await subscribe(), await subscribe()];
      await standIn.expire(one);
      assert.equal(standIn.subscription(one).ends_at, '2026-01-31T12:00:00.000000Z');
      assert.deepEqual(await takeEvents(), ['subscription_expired', 'subscription_updated']);
      await standIn.cancel(two);
      clock.set('2026-04-01T00:00:00Z');
      await standIn.expire(two);
      const { status, ends_at } = standIn.subscription(two);
      assert.deepEqual([status, ends_at], ['expired', '2026-02-28T12:00:00.000000Z']);
    });

    it('pauses and unpauses', async () => {
      const id = await subscribe();
      await standIn.pause(id, { mode: 'void', resumesAt: new Date('2026-03-01T00:00:00Z') });
      const { status, pause } = standIn.subscription(id);
      assert.deepEqual([status, pause], ['paused', { mode: 'void', resumes_at: '2026-03-01T00:00:00.000000Z' }]);
      assert.deepEqual(await takeEvents(), ['subscription_paused', 'subscription_updated']);
      await standIn.unpause(id);
      assert.deepEqual([standIn.subscription(id).status, standIn.subscription(id).pause], ['active', null]);
      assert.deepEqual(await takeEvents(), ['subscription_unpaused', 'subscription_updated']);
    });

    it('changes the variant and the quantity', async () => {
      const id = await subscribe();
      const before = standIn.subscription(id);
      await standIn.changeVariant(id, '102');
      const moved = standIn.subscription(id);
      assert.deepEqual([moved.variant_id, moved.variant_name, moved.product_id], [102, 'Pro', before.product_id]);
      assert.notEqual(moved.first_subscription_item.price_id, before.first_subscription_item.price_id);
      assert.deepEqual(await takeEvents(), ['subscription_plan_changed', 'subscription_updated']);
      await standIn.changeQuantity(id, 4);
      assert.equal(standIn.subscription(id).first_subscription_item.quantity, 4);
      assert.deepEqual(await takeEvents(), ['subscription_updated']);
      await assert.rejects(standIn.changeVariant(id, '999'), refusal(422));
      await assert.rejects(standIn.changeQuantity(id, 0), refusal(422));
    });

    it('tells half refunds from whole ones, and gives nothing back twice', async () => {
      const { orderId, invoiceId = '', subscriptionId } = await standIn.pay(await checkout());
      await takeEvents();
      for (const refund of [
        (partial: boolean) => standIn.refundOrder(orderId, { partial }),
        (partial: boolean) => standIn.refundInvoice(invoiceId, { partial }),
      ]) {
        for (const partial of [true, false]) {
          await refund(partial);
          await standIn.settled();
        }
        await assert.rejects(refund(false), refusal(409));
      }
      const told = received.map(({ event: { meta, data } }) => {
        const { status, refunded, refunded_at, refunded_amount, total } = data.attributes;
        return [meta.event_name, status, refunded, refunded_at, refunded_amount, total];
      });
      const at = '2026-01-31T12:00:00.000000Z';
      assert.deepEqual(told, [
        ['order_refunded', 'partial_refund', false, null, 500, 1000],
        ['order_refunded', 'refunded', true, at, 1000, 1000],
        ['subscription_payment_refunded', 'partial_refund', false, null, 500, 1000],
        ['subscription_payment_refunded', 'refunded', true, at, 1000, 1000],
      ]);
      const pending = await standIn.failPayment(subscriptionId);
      await assert.rejects(standIn.refundInvoice(pending.invoiceId ?? ''), refusal(409));
    });

    it('refuses what never happens and leaves everything as it was', async () => {
      const id = await subscribe();
      const before = standIn.subscription(id);
      for (const name of ['recover', 'unpaid', 'resume', 'unpause'] as const) {
        await assert.rejects(standIn[name](id), refusal(409));
        await assert.rejects(standIn[name]('1'), refusal(404));
      }
      assert.equal(standIn.subscription(id), before);
      await standIn.expire(id);
      await takeEvents();
      for (const name of ['renew', 'failPayment', 'cancel', 'pause', 'expire'] as const) {
        await assert.rejects(standIn[name](id), refusal(409));
      }
      assert.deepEqual(await takeEvents(), []);
    });

    it('can all be done over HTTP', async () => {
      const act = async (path: string, body?: object) => {
        const answer = await api('POST', `/stand-in/${path}`, body);
        assert.equal(answer.status, 200, answer.text);
        return answer.body;
      };
      const { subscriptionId: id, orderId, invoiceId } = await act(`checkouts/${await checkout()}/pay`);
      const trial = await act(`checkouts/${await checkout('102')}/pay-with-trial`);
      assert.equal(standIn.subscription(trial.subscriptionId).status, 'on_trial');
      for (const [path, status, body] of [
        ['renew', 'active', undefined],
        ['fail-payment', 'past_due', undefined],
        ['unpaid', 'unpaid', undefined],
        ['recover', 'active', undefined],
        ['pause', 'paused', { mode: 'void' }],
        ['unpause', 'active', undefined],
        ['change-variant', 'active', { variant_id: '102' }],
        ['change-quantity', 'active', { quantity: 2 }],
        ['cancel', 'cancelled', undefined],
        ['resume', 'active', undefined],
        ['expire', 'expired', undefined],
      ] as const) {
        await act(`subscriptions/${id}/${path}`, body);
        assert.equal(standIn.subscription(id).status, status);
      }
      await act(`orders/${orderId}/refund`, { partial: true });
      await act(`invoices/${invoiceId}/refund`);
      const { body } = await api('GET', '/stand-in');
      assert.deepEqual(
        body.subscriptions.map((subscription: { id: string }) => subscription.id),
        [id, trial.subscriptionId],
      );
      await act('faults', { status: 503, count: 1 });
      assert.equal((await api('GET', `/v1/subscriptions/${id}`)).status, 503);
    });

    it('tells over HTTP what it refuses', async () => {
      const id = await subscribe();
      for (const [path, body, status] of [
        [`subscriptions/${id}/resume`, undefined, 409],
        ['subscriptions/1/renew', undefined, 404],
        [`subscriptions/${id}/dance`, undefined, 404],
        [`subscriptions/${id}/change-quantity`, { quantity: '2' }, 422],
        [`subscriptions/${id}/pause`, '{', 400],
      ] as const) {
        const answer = await api('POST', `/stand-in/${path}`, body);
        assert.equal(answer.status, status);
        assert.ok(answer.body.error);
      }
    });
  });

  describe('webhooks', () => {
    it('are signed over their exact bytes, which no re-written JSON equals', async () => {
      await standIn.pay(await checkout('101', { checkout_data: { name: 'Ann Ü', custom: CUSTOM } }));
      await standIn.settled();
      assert.equal(received.length, 3);
      for (const { headers, bytes, event } of received) {
        assert.equal(headers['x-signature'], createHmac('sha256', SECRET).update(bytes).digest('hex'));
        assert.equal(headers['x-event-name'], event.meta.event_name);
        assert.equal(headers['content-type'], 'application/json');
        assert.equal(event.data.attributes.user_name, 'Ann Ü');
        assert.match(bytes.toString(), /^[^/]*(\\\/[^/]*)+$/, 'every slash is escaped');
        assert.match(bytes.toString('latin1'), /"Ann \\u00dc"/);
      }
    });

    it('carry custom data for orders and subscriptions only, and the mode of their checkout', async () => {
      const wishes = { checkout_data: { custom: CUSTOM }, test_mode: false };
      const { subscriptionId } = await standIn.pay(await checkout('101', wishes));
      await standIn.cancel(subscriptionId);
      await standIn.settled();
      for (const { event } of received) {
        const isPayment = event.meta.event_name === 'subscription_payment_success';
        assert.deepEqual(event.meta.custom_data, isPayment ? undefined : CUSTOM);
        assert.deepEqual([event.meta.test_mode, event.data.attributes.test_mode], [false, false]);
      }
    });

    it('are tried again after 5, 25 and 125 s, with the same bytes, and then given up', async () => {
      const id = await subscribe();
      standIn.webhooks.drop = ['subscription_updated'];
      statuses = [500, 302, 404, 503];
      await standIn.cancel(id);
      await standIn.settled();
      assert.deepEqual(waits, [5_000, 25_000, 125_000]);
      assert.equal(new Set(received.map(({ bytes }) => bytes.toString())).size, 1);
      const { event, attempts, status } = standIn.deliveries.at(-2) ?? {};
      assert.deepEqual({ event, attempts, status }, { event: 'subscription_cancelled', attempts: 4, status: 'failed' });
      assert.equal(received.length, 4);
    });

    it('arrive at a later attempt when the receiver comes back, even from where nothing listened', async () => {
      await standIn.close();
      const good = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
      // Port 1 refuses connections; before that the address isn't known at all.
      const urls = [undefined, 'http://127.0.0.1:1/', good];
      standIn = await start({ webhookUrl: () => urls.shift(), timeScale: 0.5, drop: ['order_created'] });
      standIn.webhooks.drop = ['order_created', 'subscription_created'];
      await standIn.pay(await checkout());
      await standIn.settled();
      assert.deepEqual(waits, [2_500, 12_500]);
      const outcome = standIn.deliveries.map(({ event, attempts, status }) => [event, attempts, status]);
      assert.deepEqual(outcome, [
        ['order_created', 0, 'failed'],
        ['subscription_created', 0, 'failed'],
        ['subscription_payment_success', 3, 'delivered'],
      ]);
    });

    it('of one action go out together, in the order that was asked for, and twice where asked for', async () => {
      standIn.webhooks = { shuffle: (items) => items.toReversed(), duplicate: ['subscription_created'] };
      await standIn.pay(await checkout());
      const names = standIn.deliveries.map(({ event }) => event);
      const [payment, created, again, order] = names;
      assert.deepEqual(
        [payment, created, again],
        ['subscription_payment_success', ...Array(2).fill('subscription_created')],
      );
      assert.deepEqual([order, names.length], ['order_created', 4]);
      await standIn.settled();
      const copies = received.filter(({ event }) => event.meta.event_name === 'subscription_created');
      assert.deepEqual(copies[0]?.bytes, copies[1]?.bytes);
      assert.equal(received.length, 4);
    });

    it('show the state of their action, though it has moved on before they arrive', async () => {
      const id = await subscribe();
      await standIn.cancel(id);
      await standIn.resume(id);
      await standIn.settled();
      const cancelled = received.find(({ event }) => event.meta.event_name === 'subscription_cancelled');
      assert.equal(cancelled?.event.data.attributes.status, 'cancelled');
    });

    it('that wait for an attempt are given up when the stand-in is closed', async () => {
      await standIn.close();
      const waiting = Promise.withResolvers<void>();
      const sleep = async () => {
        waiting.resolve();
        await new Promise(() => undefined);
      };
      standIn = await start({ webhookUrl: () => undefined, sleep });
      await standIn.pay(await checkout());
      await waiting.promise;
      assert.deepEqual(new Set(standIn.deliveries.map(({ status }) => status)), new Set(['pending']));
      await standIn.close();
      assert.deepEqual(new Set(standIn.deliveries.map(({ status }) => status)), new Set(['failed']));
      standIn = await start();
    });
  });

  describe('built events', () => {
    for (const name of ALL_EVENT_NAMES) {
      it(`${name} is a complete JSON:API object that a test may state in part`, () => {
        const text = buildEvent(
          name,
          { id: '42', attributes: { status: 'odd' } },
          { customData: CUSTOM, testMode: true },
        );
        const { meta, data } = JSON.parse(text);
        assert.deepEqual([meta.event_name, meta.test_mode, typeof meta.webhook_id], [name, true, 'string']);
        const carries = /^(order_|subscription_(?!payment_))/.test(name);
        assert.deepEqual(meta.custom_data, carries ? CUSTOM : undefined);
        assert.deepEqual([data.id, data.attributes.status], ['42', 'odd']);
        assert.equal(data.links.self, `https://api.lemonsqueezy.com/v1/${data.type}/42`);
        assert.ok(data.relationships.store.links.related);
        for (const time of ['created_at', 'updated_at']) {
          assert.match(data.attributes[time], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z$/);
        }
        assert.equal(
          text,
          buildEvent(name, { id: '42', attributes: { status: 'odd' } }, { customData: CUSTOM, testMode: true }),
        );
      });
    }

    it('times are cut to whole seconds', () => {
      assert.equal(vendorTime(new Date('2026-11-24T12:43:48.999Z')), '2026-11-24T12:43:48.000000Z');
    });
  });
});
