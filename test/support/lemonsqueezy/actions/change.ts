import { formatStatus, type SubscriptionAttributes, type SubscriptionStatus } from '../objects/subscription.ts';
import { Refusal } from '../refusal.ts';
import { find, type Shop, type Subscription } from '../shop.ts';
import type { Receipt } from './receipt.ts';

/** The statuses out of which nothing but the end has come yet. */
export const NOT_EXPIRED: SubscriptionStatus[] = ['on_trial', 'active', 'paused', 'past_due', 'unpaid', 'cancelled'];

/**
 * Finds a subscription that is to be changed.
 *
 * @throws Refusal 404 if there is none, 409 in any other status, so that a test can't ask for what never happens.
 */
export function subscriptionIn(shop: Shop, id: string, allowed: SubscriptionStatus[]): Subscription {
  const subscription = find(shop.subscriptions, id);
  const { status } = subscription.attributes;
  if (!allowed.includes(status)) throw new Refusal(409, `the subscription is ${status}`);
  return subscription;
}

/** Changes attributes, and with them the formatted status and `updated_at`. */
export function change(shop: Shop, subscription: Subscription, changes: Partial<SubscriptionAttributes>): void {
  const attributes = { ...subscription.attributes, ...changes };
  subscription.attributes = {
    ...attributes,
    status_formatted: formatStatus(attributes.status),
    updated_at: shop.stamp(),
  };
}

export function receiptOf(subscription: Subscription, invoice?: { id: number }): Receipt {
  return {
    orderId: String(subscription.attributes.order_id),
    subscriptionId: String(subscription.id),
    ...(invoice ? { invoiceId: String(invoice.id) } : {}),
  };
}
