import assert from 'node:assert/strict';
import { createSeller, SellerUnavailableError } from '../../src/features/billing/seller-client.ts';

describe('the seller', () => {
  it('that never answers is given up on after its time, and so is one that answers no JSON', async () => {
    const hanging: typeof fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    const silent = createSeller({ baseUrl: 'http://127.0.0.1:9', apiKey: 'k', fetch: hanging, timeoutMs: 1 });
    await assert.rejects(silent.findSubscription('1'), SellerUnavailableError);
    const odd = createSeller({ baseUrl: 'http://127.0.0.1:9', apiKey: 'k', fetch: async () => new Response('<html>') });
    await assert.rejects(odd.findSubscription('1'), SellerUnavailableError);
  });

  it('is asked for exactly the id that is wanted, whatever is in it', async () => {
    const asked: string[] = [];
    const recording: typeof fetch = async (url) => {
      asked.push(String(url));
      return new Response('{}', { status: 404 });
    };
    const seller = createSeller({ baseUrl: 'http://127.0.0.1:9', apiKey: 'k', fetch: recording });
    assert.equal(await seller.findSubscription('../checkouts?x=1'), null);
    assert.deepEqual(asked, ['http://127.0.0.1:9/v1/subscriptions/..%2Fcheckouts%3Fx%3D1']);
  });

  it('is sent the name of the customer, and none where there is none: it refuses empty text', async () => {
    const sent: unknown[] = [];
    const recording: typeof fetch = async (_url, init) => {
      sent.push(JSON.parse(String(init?.body)).data.attributes.checkout_data);
      return new Response(JSON.stringify({ data: { attributes: { url: 'https://shop.example/1' } } }), { status: 201 });
    };
    const seller = createSeller({ baseUrl: 'http://127.0.0.1:9', apiKey: 'k', fetch: recording });
    const order = {
      storeId: '1',
      variantId: '1001',
      quantity: 1,
      userId: 'usr_1',
      email: 'mia@example.com',
      redirectUrl: undefined,
      expiresAt: new Date(0),
      testMode: true,
    };
    for (const name of ['Mia', '']) await seller.createCheckout({ ...order, name });
    const common = {
      email: 'mia@example.com',
      custom: { user_id: 'usr_1' },
      variant_quantities: [{ variant_id: 1001, quantity: 1 }],
    };
    assert.deepEqual(sent, [{ ...common, name: 'Mia' }, common]);
  });
});
