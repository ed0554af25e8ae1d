import assert from 'node:assert/strict';
import { createSeller } from '../../src/features/billing/index.ts';
import { eventually } from './eventually.ts';
import { call } from './http.ts';
import {
  type LemonSqueezyStandIn,
  type LemonSqueezyStandInOptions,
  startLemonSqueezyStandIn,
} from './lemonsqueezy/index.ts';
import { startTestApp, TEST_SECRETS, type TestApp, type TestAppOptions } from './test-app.ts';

/** An application and the seller that it sells through. */
export interface Shop {
  app: TestApp;
  seller: LemonSqueezyStandIn;
}

export const STORE_ID = '4711';
export const API_KEY = 'key-of-the-stand-in';

/** What is on sale, as in plans.yaml. */
export const VARIANTS: LemonSqueezyStandInOptions['variants'] = [
  { id: '1001', name: 'Monthly', productName: 'Starter', kind: 'plan' },
  { id: '1002', name: 'Monthly', productName: 'Standard', kind: 'plan' },
  { id: '1003', name: 'Monthly', productName: 'Pro', kind: 'plan' },
  { id: '1101', name: 'Monthly', productName: 'Further relay', kind: 'addon' },
  { id: '9999', name: 'Monthly', productName: 'Something else', kind: 'plan' },
];

/** Starts an application with a seller of its own before the tests of the surrounding `describe`. Webhooks that fail are sent again at once. */
export function useShop(options: TestAppOptions = {}): () => Shop {
  let shop: Shop | undefined;
  before(async () => {
    shop = await openShop(options);
  });
  after(async () => {
    await shop?.seller.close();
    await shop?.app.stop();
  });
  return () => {
    if (!shop) throw new Error('The shop is there only while tests run.');
    return shop;
  };
}

export async function openShop(options: TestAppOptions = {}): Promise<Shop> {
  let app: TestApp | undefined;
  const seller = await startLemonSqueezyStandIn({
    apiKey: API_KEY,
    storeId: STORE_ID,
    webhookSecret: TEST_SECRETS.LEMONSQUEEZY_WEBHOOK_SECRET,
    webhookUrl: () => app && `${app.url}/api/v1/billing/webhook`,
    variants: VARIANTS,
    clock: { now: () => app?.clock.now() ?? new Date() },
    testMode: true,
    timeScale: 0,
  });
  app = await startTestApp({ ...options, env: { ...sellerEnv(seller), ...options.env } });
  return { app, seller };
}

/** What makes an application sell through this stand-in. */
export function sellerEnv({ url }: LemonSqueezyStandIn): Record<string, string> {
  return {
    LEMONSQUEEZY_API_KEY: API_KEY,
    LEMONSQUEEZY_API_BASE_URL: url,
    LEMONSQUEEZY_STORE_ID: STORE_ID,
    CHECKOUT_REDIRECT_ORIGINS: 'https://telemyapp.com',
  };
}

/** Buys a plan or further relays through the API, pays, and waits until what was sent is worked on; returns the subscription's id. */
export async function buy({ app, seller }: Shop, token: string, body: Record<string, unknown>): Promise<string> {
  const { status, body: checkout, text } = await call(app, 'POST', '/billing/checkout', { token, body });
  if (status !== 201) throw new Error(`The checkout ended in ${status}: ${text}`);
  const { subscriptionId } = await seller.pay(checkoutIdOf(checkout.checkout_url));
  await settled({ app, seller });
  return subscriptionId;
}

/** Opens a checkout at the seller, past the application, for this user; returns its id. */
export async function openCheckout(
  { url }: LemonSqueezyStandIn,
  user: { id: string; email: string },
  variantId: string,
  quantity = 1,
): Promise<string> {
  const checkoutUrl = await createSeller({ baseUrl: url, apiKey: API_KEY }).createCheckout({
    storeId: STORE_ID,
    variantId,
    quantity,
    userId: user.id,
    email: user.email,
    name: '',
    redirectUrl: undefined,
    expiresAt: new Date('2100-01-01T00:00:00Z'),
    testMode: true,
  });
  return checkoutIdOf(checkoutUrl);
}

/** The last part of a checkout page's address. */
export function checkoutIdOf(url: string): string {
  return new URL(url).pathname.split('/').at(-1) as string;
}

/** Waits until all webhooks are delivered and worked on. */
export async function settled({ app, seller }: Shop): Promise<void> {
  await seller.settled();
  await eventually(async () => {
    const left = await app.database('billing_events').where({ state: 'received' }).select('id', 'attempts');
    assert.deepEqual(left, []);
  });
}
