import type { EventName } from '../event-names.ts';
import type { SubscriptionAttributes, SubscriptionStatus } from '../objects/subscription.ts';
import { Refusal } from '../refusal.ts';
import type { Shop } from '../shop.ts';
import { vendorTime } from '../time.ts';
import { change, NOT_EXPIRED, receiptOf, subscriptionIn } from './change.ts';
import type { Receipt } from './receipt.ts';

export interface PauseOptions {
  /** `void`: nothing is offered meanwhile; `free` (default): it is offered for nothing. */
  mode?: 'void' | 'free';
  resumesAt?: Date;
}

/** What a customer or the store does to a subscription. Wrong moments are answered with a Refusal. */
export interface LifecycleActions {
  /** No further payments; lasts until `ends_at` = `renews_at`. Sends subscription_cancelled and subscription_updated. */
  cancel(subscriptionId: string): Promise<Receipt>;
  /** Takes a cancellation back. Sends subscription_resumed and subscription_updated. */
  resume(subscriptionId: string): Promise<Receipt>;
  /** Ends it now, if it hasn't ended already. Sends subscription_expired and subscription_updated. */
  expire(subscriptionId: string): Promise<Receipt>;
  /** Sends subscription_paused and subscription_updated. */
  pause(subscriptionId: string, options?: PauseOptions): Promise<Receipt>;
  /** Sends subscription_unpaused and subscription_updated. */
  unpause(subscriptionId: string): Promise<Receipt>;
  /** Moves to another variant, without an invoice for the difference. Sends subscription_updated and subscription_plan_changed. */
  changeVariant(subscriptionId: string, variantId: string): Promise<Receipt>;
  /** @param quantity a positive integer. Sends subscription_updated. */
  changeQuantity(subscriptionId: string, quantity: number): Promise<Receipt>;
}

export function createLifecycleActions(shop: Shop): LifecycleActions {
  function update(
    id: string,
    allowed: SubscriptionStatus[],
    changes: (attributes: SubscriptionAttributes) => Partial<SubscriptionAttributes>,
    ...names: EventName[]
  ): Receipt {
    const subscription = subscriptionIn(shop, id, allowed);
    change(shop, subscription, changes(subscription.attributes));
    shop.tell({ names: [...names, 'subscription_updated'], type: 'subscriptions', of: subscription });
    return receiptOf(subscription);
  }

  return {
    async cancel(id) {
      const allowed = NOT_EXPIRED.filter((status) => status !== 'cancelled');
      const cancelled = (attributes: SubscriptionAttributes) =>
        ({ status: 'cancelled', cancelled: true, ends_at: attributes.renews_at }) as const;
      return update(id, allowed, cancelled, 'subscription_cancelled');
    },
    async resume(id) {
      const resumed = ({ trial_ends_at }: SubscriptionAttributes) => {
        const onTrial = trial_ends_at !== null && Date.parse(trial_ends_at) > shop.now().getTime();
        return { status: onTrial ? 'on_trial' : 'active', cancelled: false, ends_at: null } as const;
      };
      return update(id, ['cancelled'], resumed, 'subscription_resumed');
    },
    async expire(id) {
      const now = shop.stamp();
      // Times of one form compare as text.
      const expired = ({ ends_at }: SubscriptionAttributes) =>
        ({ status: 'expired', ends_at: ends_at !== null && ends_at < now ? ends_at : now }) as const;
      return update(id, NOT_EXPIRED, expired, 'subscription_expired');
    },
    async pause(id, { mode = 'free', resumesAt } = {}) {
      const pause = { mode, resumes_at: resumesAt ? vendorTime(resumesAt) : null };
      return update(id, ['active'], () => ({ status: 'paused', pause }), 'subscription_paused');
    },
    async unpause(id) {
      return update(id, ['paused'], () => ({ status: 'active', pause: null }), 'subscription_unpaused');
    },
    async changeVariant(id, variantId) {
      const { productName, name } = shop.variant(variantId);
      const moved = ({ first_subscription_item: item }: SubscriptionAttributes) => ({
        product_id: shop.idOf('product', productName),
        variant_id: Number(variantId),
        product_name: productName,
        variant_name: name,
        first_subscription_item: { ...item, price_id: shop.idOf('price', variantId), updated_at: shop.stamp() },
      });
      return update(id, NOT_EXPIRED, moved, 'subscription_plan_changed');
    },
    async changeQuantity(id, quantity) {
      if (!Number.isInteger(quantity) || quantity < 1) throw new Refusal(422, 'a quantity is a positive integer');
      const item = (attributes: SubscriptionAttributes) => attributes.first_subscription_item;
      return update(id, NOT_EXPIRED, (attributes) => ({
        first_subscription_item: { ...item(attributes), quantity, updated_at: shop.stamp() },
      }));
    },
  };
}
