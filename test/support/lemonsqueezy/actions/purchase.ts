import { randomUUID } from 'node:crypto';
import { newOrder } from '../objects/order.ts';
import { newSubscription } from '../objects/subscription.ts';
import { Refusal } from '../refusal.ts';
import { type Checkout, find, type News, type Order, priceOf, type Shop, type Subscription } from '../shop.ts';
import { daysAfter, monthAfter, vendorTime } from '../time.ts';
import { issueInvoice } from './invoices.ts';
import type { Receipt } from './receipt.ts';

/** What a customer does on a checkout. A checkout that is unknown, paid or expired is answered with a Refusal. */
export interface PurchaseActions {
  /**
   * Pays a checkout at once, trial or not: an order, a subscription for a month and its first invoice.
   * Sends order_created, subscription_created and subscription_payment_success.
   */
  pay(checkoutId: string): Promise<Receipt>;
  /**
   * Begins the trial of the checkout's variant, or one of 7 days: an order of $0 and a subscription on trial, no
   * invoice yet. Sends order_created and subscription_created.
   */
  payWithTrial(checkoutId: string): Promise<Receipt>;
}

const DEFAULT_TRIAL_DAYS = 7;

export function createPurchaseActions(shop: Shop): PurchaseActions {
  async function buy(checkoutId: string, trialEndsAt: Date | null): Promise<Receipt> {
    const checkout = find(shop.checkouts, checkoutId);
    const state = stateOf(shop, checkout);
    if (state !== 'open') throw new Refusal(409, `the checkout is ${state}`);
    checkout.paid = true;
    const order = placeOrder(shop, checkout, trialEndsAt === null);
    const subscription = subscribe(shop, checkout, order, trialEndsAt);
    const receipt = { orderId: String(order.id), subscriptionId: String(subscription.id) };
    const news: News[] = [
      { names: ['order_created'], type: 'orders', of: order },
      { names: ['subscription_created'], type: 'subscriptions', of: subscription },
    ];
    if (trialEndsAt !== null) {
      shop.tell(...news);
      return receipt;
    }
    const invoice = issueInvoice(shop, subscription, 'initial', true);
    shop.tell(...news, { names: ['subscription_payment_success'], type: 'subscription-invoices', of: invoice });
    return { ...receipt, invoiceId: String(invoice.id) };
  }

  return {
    pay: (checkoutId) => buy(checkoutId, null),
    async payWithTrial(checkoutId) {
      const { trialDays } = find(shop.checkouts, checkoutId).variant;
      return await buy(checkoutId, daysAfter(shop.now(), trialDays ?? DEFAULT_TRIAL_DAYS));
    },
  };
}

/** Whether a checkout can be paid still. */
export function stateOf(shop: Shop, { paid, attributes }: Checkout): 'open' | 'paid' | 'expired' {
  if (paid) return 'paid';
  const expiresAt = attributes.expires_at;
  return expiresAt !== null && Date.parse(expiresAt) <= shop.now().getTime() ? 'expired' : 'open';
}

function placeOrder(shop: Shop, checkout: Checkout, charged: boolean): Order {
  const { variant, quantity, attributes, customData } = checkout;
  const id = shop.nextId();
  const userEmail = attributes.checkout_data.email || 'customer@example.com';
  const order = {
    id,
    customData,
    attributes: newOrder({
      id,
      storeId: attributes.store_id,
      customerId: shop.idOf('customer', userEmail),
      itemId: shop.nextId(),
      productId: shop.idOf('product', variant.productName),
      variantId: Number(variant.id),
      priceId: shop.idOf('price', variant.id),
      productName: variant.productName,
      variantName: variant.name,
      userName: attributes.checkout_data.name || 'Test Customer',
      userEmail,
      quantity,
      total: charged ? priceOf(variant, quantity) : 0,
      identifier: randomUUID(),
      orderNumber: shop.orders.size + 1,
      at: shop.stamp(),
      testMode: attributes.test_mode,
      origin: shop.origin,
    }),
  };
  shop.orders.set(String(id), order);
  return order;
}

function subscribe(shop: Shop, checkout: Checkout, order: Order, trialEndsAt: Date | null): Subscription {
  const { user_name, user_email, store_id, customer_id, test_mode, first_order_item: item } = order.attributes;
  const id = shop.nextId();
  const now = shop.now();
  const billing_anchor = (trialEndsAt ?? now).getUTCDate();
  const dueAt = trialEndsAt ?? monthAfter(now, billing_anchor);
  const subscription = {
    id,
    customData: checkout.customData,
    dueAt,
    openInvoice: undefined,
    attributes: newSubscription({
      id,
      itemId: shop.nextId(),
      priceId: item.price_id,
      quantity: checkout.quantity,
      store_id,
      customer_id,
      order_id: order.id,
      order_item_id: item.id,
      product_id: item.product_id,
      variant_id: item.variant_id,
      product_name: item.product_name,
      variant_name: item.variant_name,
      user_name,
      user_email,
      trial_ends_at: trialEndsAt && vendorTime(trialEndsAt),
      billing_anchor,
      renews_at: vendorTime(dueAt),
      test_mode,
      at: shop.stamp(),
      origin: shop.origin,
    }),
  };
  shop.subscriptions.set(String(id), subscription);
  return subscription;
}
