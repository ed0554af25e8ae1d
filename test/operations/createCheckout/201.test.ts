import assert from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { buy, settled, useShop } from '../../support/shop.ts';

describe('createCheckout 201', () => {
  const shop = useShop();
  const checkout = (token: string, body: object) => call(shop().app, 'POST', '/billing/checkout', { token, body });
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into what was sent.
  const sent = (): any => shop().seller.requests.at(-1)?.body;

  it('sells each plan on a page of the seller that is good for a day', async () => {
    for (const [plan, variant] of [
      ['starter', '1001'],
      ['standard', '1002'],
      ['pro', '1003'],
    ] as const) {
      const { token } = await signInNewUser(shop().app, 'free');
      const { status, body, text } = await checkout(token, { plan });
      assert.equal(status, 201, text);
      assert.match(body.checkout_url, new RegExp(`^${shop().seller.url}/checkout/`));
      const hours = (Date.parse(body.expires_at) - shop().app.clock.now().getTime()) / 3_600_000;
      assert.equal(Math.round(hours), 24);
      const { attributes, relationships } = sent().data;
      assert.deepEqual(relationships.variant.data, { type: 'variants', id: variant });
      assert.equal(attributes.expires_at, body.expires_at);
    }
  });

  it("speaks the seller's JSON:API: ids as text, the user in the custom data, its key in the header", async () => {
    const { token, user } = await signInNewUser(shop().app, 'free');
    await checkout(token, { plan: 'pro', redirect_url: 'https://telemyapp.com/thanks?from=obs' });
    const request = shop().seller.requests.at(-1);
    assert.deepEqual([request?.method, request?.path], ['POST', '/v1/checkouts']);
    assert.equal(request?.headers.authorization, 'Bearer key-of-the-stand-in');
    assert.equal(request?.headers['content-type'], 'application/vnd.api+json');
    const { attributes, relationships } = sent().data;
    assert.deepEqual(relationships.store.data, { type: 'stores', id: '4711' });
    assert.deepEqual(attributes.checkout_data, {
      email: user.email,
      name: 'Test',
      custom: { user_id: user.id },
      variant_quantities: [{ variant_id: 1003, quantity: 1 }],
    });
    assert.deepEqual(attributes.product_options, { redirect_url: 'https://telemyapp.com/thanks?from=obs' });
    assert.equal(attributes.test_mode, true);
  });

  it('sells further relays to a plan that has some, as many as are wanted', async () => {
    const { token } = await signInNewUser(shop().app, 'starter');
    await buy(shop(), token, { addon_relays: 3 });
    const { body } = await call(shop().app, 'GET', '/auth/session', { token });
    assert.equal(body.entitlement.max_concurrent_conns, 4);
    assert.equal(body.stream_slots.length, 4);
  });

  it('gives what was bought within seconds: checkout, payment, webhook, entitlement, start', async () => {
    const { token } = await signInNewUser(shop().app, 'free');
    const before = await call(shop().app, 'GET', '/auth/session', { token });
    assert.equal(before.body.entitlement.reason_code, 'subscription_required');
    await buy(shop(), token, { plan: 'standard' });
    const { body } = await call(shop().app, 'GET', '/auth/session', { token });
    assert.deepEqual(
      [body.entitlement.plan_tier, body.entitlement.plan_status, body.entitlement.reason_code],
      ['standard', 'active', 'ok'],
    );
    assert.equal(body.usage.included_seconds, 54_000);
    const headers = { 'Idempotency-Key': '5e8b546c-c561-4a2c-a586-40c18bb2a195' };
    assert.equal((await call(shop().app, 'POST', '/relay/start', { token, body: {}, headers })).status, 201);
  });

  it('sells a plan again once the former subscription has ended', async () => {
    const { token } = await signInNewUser(shop().app, 'free');
    const id = await buy(shop(), token, { plan: 'starter' });
    await shop().seller.cancel(id);
    await settled(shop());
    assert.equal((await checkout(token, { plan: 'pro' })).status, 201);
  });
});
