import type { Shop, Subscription } from '../shop.ts';
import { daysAfter, monthAfter, vendorTime } from '../time.ts';
import { change, receiptOf, subscriptionIn } from './change.ts';
import { issueInvoice, settleInvoice } from './invoices.ts';
import type { Receipt } from './receipt.ts';

/** What comes of the payments behind the first. Wrong moments are answered with a Refusal. */
export interface PaymentActions {
  /**
   * The renewal is paid, which ends a trial too: `renews_at` moves a month.
   * Sends subscription_payment_success and subscription_updated.
   */
  renew(subscriptionId: string): Promise<Receipt>;
  /**
   * The renewal, or a further attempt at it, fails: past due, `renews_at` is the next attempt.
   * Sends subscription_payment_failed and subscription_updated.
   */
  failPayment(subscriptionId: string): Promise<Receipt>;
  /**
   * The overdue payment comes in: active again, until a month behind the day on which it was due.
   * Sends subscription_payment_success, subscription_payment_recovered and subscription_updated.
   */
  recover(subscriptionId: string): Promise<Receipt>;
  /** All attempts failed: unpaid. Sends subscription_updated. */
  unpaid(subscriptionId: string): Promise<Receipt>;
}

/**
 * Days between attempts at an overdue payment: 4 within 2 weeks.
 * Source: https://docs.lemonsqueezy.com/api/subscriptions/the-subscription-object (`status`, `renews_at`).
 */
const RETRY_DAYS = 3.5;

export function createPaymentActions(shop: Shop): PaymentActions {
  /** Opens the month behind the one that was paid for. */
  function openNextMonth(subscription: Subscription): void {
    subscription.dueAt = monthAfter(subscription.dueAt, subscription.attributes.billing_anchor);
    change(shop, subscription, { status: 'active', renews_at: vendorTime(subscription.dueAt) });
  }

  return {
    async renew(id) {
      const subscription = subscriptionIn(shop, id, ['active', 'on_trial']);
      openNextMonth(subscription);
      const invoice = issueInvoice(shop, subscription, 'renewal', true);
      shop.tell(
        { names: ['subscription_payment_success'], type: 'subscription-invoices', of: invoice },
        { names: ['subscription_updated'], type: 'subscriptions', of: subscription },
      );
      return receiptOf(subscription, invoice);
    },
    async failPayment(id) {
      const subscription = subscriptionIn(shop, id, ['active', 'on_trial', 'past_due']);
      const retryAt = daysAfter(shop.now(), RETRY_DAYS);
      change(shop, subscription, { status: 'past_due', renews_at: vendorTime(retryAt) });
      const invoice = subscription.openInvoice ?? issueInvoice(shop, subscription, 'renewal', false);
      invoice.attributes.updated_at = shop.stamp();
      subscription.openInvoice = invoice;
      shop.tell(
        { names: ['subscription_payment_failed'], type: 'subscription-invoices', of: invoice },
        { names: ['subscription_updated'], type: 'subscriptions', of: subscription },
      );
      return receiptOf(subscription, invoice);
    },
    async recover(id) {
      const subscription = subscriptionIn(shop, id, ['past_due', 'unpaid']);
      const invoice = subscription.openInvoice ?? issueInvoice(shop, subscription, 'renewal', false);
      subscription.openInvoice = undefined;
      settleInvoice(shop, invoice);
      openNextMonth(subscription);
      const names = ['subscription_payment_success' as const, 'subscription_payment_recovered' as const];
      shop.tell(
        { names, type: 'subscription-invoices', of: invoice },
        { names: ['subscription_updated'], type: 'subscriptions', of: subscription },
      );
      return receiptOf(subscription, invoice);
    },
    async unpaid(id) {
      const subscription = subscriptionIn(shop, id, ['past_due']);
      change(shop, subscription, { status: 'unpaid' });
      shop.tell({ names: ['subscription_updated'], type: 'subscriptions', of: subscription });
      return receiptOf(subscription);
    },
  };
}
