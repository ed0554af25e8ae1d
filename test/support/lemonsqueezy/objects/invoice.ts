import { moneyAttributes } from './money.ts';
import type { SubscriptionAttributes } from './subscription.ts';

export type BillingReason = 'initial' | 'renewal' | 'updated';

/** What a new invoice is made of; `total` in US cents, `at` as the vendor writes times. */
export interface NewInvoice {
  id: number;
  subscriptionId: number;
  subscription: Pick<
    SubscriptionAttributes,
    'store_id' | 'customer_id' | 'user_name' | 'user_email' | 'card_brand' | 'card_last_four' | 'test_mode'
  >;
  reason: BillingReason;
  paid: boolean;
  total: number;
  at: string;
  origin: string;
}

export type InvoiceAttributes = ReturnType<typeof newInvoice>;

/** An invoice, paid or waiting for its payment. Source: https://docs.lemonsqueezy.com/api/subscription-invoices. */
export function newInvoice({ id, subscriptionId, subscription, reason, paid, total, at, origin }: NewInvoice) {
  return {
    store_id: subscription.store_id,
    subscription_id: subscriptionId,
    customer_id: subscription.customer_id,
    user_name: subscription.user_name,
    user_email: subscription.user_email,
    billing_reason: reason,
    card_brand: subscription.card_brand,
    card_last_four: subscription.card_last_four,
    ...moneyAttributes({ total, refunded: 0 }),
    ...paymentAttributes(id, paid, origin),
    refunded: false,
    refunded_at: null as string | null,
    created_at: at,
    updated_at: at,
    test_mode: subscription.test_mode,
  };
}

/** What changes on an invoice when it is paid. Only paid ones can be downloaded. */
export function paymentAttributes(id: number, paid: boolean, origin: string) {
  return {
    status: paid ? 'paid' : 'pending',
    status_formatted: paid ? 'Paid' : 'Pending',
    urls: { invoice_url: paid ? `${origin}/my-orders/subscription-invoice/${id}` : null },
  };
}
