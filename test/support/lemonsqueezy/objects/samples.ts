import type { EventObject } from '../event-names.ts';
import { newInvoice } from './invoice.ts';
import { newOrder } from './order.ts';
import { newSubscription } from './subscription.ts';

/** Where the vendor's links lead; nothing is ever fetched from there. */
export const VENDOR_ORIGIN = 'https://api.lemonsqueezy.com';

const AT = '2026-01-15T12:00:00.000000Z';
const customer = { store_id: 1, customer_id: 7, user_name: 'Test Customer', user_email: 'customer@example.com' };
const bought = { order_item_id: 9, product_id: 3, variant_id: 4, product_name: 'Plan', variant_name: 'Monthly' };

/** A complete object of each kind, for events that a test states only in part. */
export function sampleAttributes(type: EventObject, testMode: boolean): object {
  return SAMPLES[type](testMode);
}

const SAMPLES: Record<EventObject, (testMode: boolean) => object> = {
  subscriptions: sampleSubscription,
  'subscription-invoices': (testMode) =>
    newInvoice({
      id: 1,
      subscriptionId: 1,
      subscription: sampleSubscription(testMode),
      reason: 'renewal',
      paid: true,
      total: 1000,
      at: AT,
      origin: VENDOR_ORIGIN,
    }),
  orders: (testMode) =>
    newOrder({
      id: 1,
      storeId: 1,
      customerId: 7,
      itemId: 9,
      productId: 3,
      variantId: 4,
      priceId: 6,
      productName: 'Plan',
      variantName: 'Monthly',
      userName: customer.user_name,
      userEmail: customer.user_email,
      quantity: 1,
      total: 1000,
      identifier: '00000000-0000-4000-8000-000000000001',
      orderNumber: 1,
      at: AT,
      testMode,
      origin: VENDOR_ORIGIN,
    }),
  // Source: https://docs.lemonsqueezy.com/api/license-keys
  'license-keys': (testMode) => ({
    ...customer,
    order_id: 1,
    order_item_id: 9,
    product_id: 3,
    key: '00000000-0000-4000-8000-000000000002',
    key_short: 'XXXX-000000000002',
    activation_limit: 1,
    instances_count: 0,
    disabled: 0,
    status: 'inactive',
    status_formatted: 'Inactive',
    expires_at: null,
    created_at: AT,
    updated_at: AT,
    test_mode: testMode,
  }),
  // Source: https://docs.lemonsqueezy.com/api/affiliates
  affiliates: () => ({
    store_id: 1,
    user_id: 2,
    user_name: 'Test Affiliate',
    user_email: 'affiliate@example.com',
    share_domain: 'https://example.com',
    status: 'active',
    products: null,
    application_note: null,
    total_earnings: 0,
    unpaid_earnings: 0,
    created_at: AT,
    updated_at: AT,
  }),
};

function sampleSubscription(testMode: boolean) {
  return newSubscription({
    ...customer,
    ...bought,
    id: 1,
    itemId: 5,
    priceId: 6,
    quantity: 1,
    order_id: 1,
    trial_ends_at: null,
    billing_anchor: 15,
    renews_at: '2026-02-15T12:00:00.000000Z',
    at: AT,
    test_mode: testMode,
    origin: VENDOR_ORIGIN,
  });
}
