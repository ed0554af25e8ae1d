import type { Shop } from '../shop.ts';
import { createLifecycleActions, type LifecycleActions } from './lifecycle.ts';
import { createPaymentActions, type PaymentActions } from './payments.ts';
import { createPurchaseActions, type PurchaseActions } from './purchase.ts';
import { createRefundActions, type RefundActions } from './refunds.ts';

/**
 * All that can happen at the vendor's side. Each action is done when it resolves; its events are sent in the
 * background. What the vendor would never do rejects with a Refusal.
 */
export interface StandInActions extends PurchaseActions, PaymentActions, LifecycleActions, RefundActions {}

export function createActions(shop: Shop): StandInActions {
  return {
    ...createPurchaseActions(shop),
    ...createPaymentActions(shop),
    ...createLifecycleActions(shop),
    ...createRefundActions(shop),
  };
}
