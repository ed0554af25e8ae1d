export type SubscriptionStatus = 'on_trial' | 'active' | 'paused' | 'past_due' | 'unpaid' | 'cancelled' | 'expired';

/** Source: https://docs.lemonsqueezy.com/api/subscriptions/the-subscription-object. It holds no custom data. */
export interface SubscriptionAttributes {
  store_id: number;
  customer_id: number;
  order_id: number;
  order_item_id: number;
  product_id: number;
  variant_id: number;
  product_name: string;
  variant_name: string;
  user_name: string;
  user_email: string;
  status: SubscriptionStatus;
  status_formatted: string;
  card_brand: string;
  card_last_four: string;
  payment_processor: string;
  pause: null | { mode: 'void' | 'free'; resumes_at: string | null };
  cancelled: boolean;
  trial_ends_at: string | null;
  /** Day of the month (1–31) on which payments are due. */
  billing_anchor: number;
  first_subscription_item: {
    id: number;
    subscription_id: number;
    price_id: number;
    quantity: number;
    is_usage_based: boolean;
    created_at: string;
    updated_at: string;
  };
  urls: {
    update_payment_method: string;
    customer_portal: string;
    customer_portal_update_subscription: string;
  };
  /** End of the paid time; while a payment is overdue, the next attempt at it. */
  renews_at: string;
  ends_at: string | null;
  created_at: string;
  updated_at: string;
  test_mode: boolean;
}

/** What a new subscription is made of; times as the vendor writes them. */
export interface NewSubscription
  extends Pick<
    SubscriptionAttributes,
    | 'store_id'
    | 'customer_id'
    | 'order_id'
    | 'order_item_id'
    | 'product_id'
    | 'variant_id'
    | 'product_name'
    | 'variant_name'
    | 'user_name'
    | 'user_email'
    | 'trial_ends_at'
    | 'billing_anchor'
    | 'renews_at'
    | 'test_mode'
  > {
  id: number;
  itemId: number;
  priceId: number;
  quantity: number;
  at: string;
  origin: string;
}

/** A subscription as it is right behind its purchase: on trial where it has a trial's end, else active. */
export function newSubscription(values: NewSubscription): SubscriptionAttributes {
  const { id, itemId, priceId, quantity, at, origin, trial_ends_at, billing_anchor, renews_at, test_mode, ...bought } =
    values;
  const status = trial_ends_at === null ? 'active' : 'on_trial';
  return {
    ...bought,
    status,
    status_formatted: formatStatus(status),
    card_brand: 'visa',
    card_last_four: '4242',
    payment_processor: 'stripe',
    pause: null,
    cancelled: false,
    trial_ends_at,
    billing_anchor,
    first_subscription_item: {
      id: itemId,
      subscription_id: id,
      price_id: priceId,
      quantity,
      is_usage_based: false,
      created_at: at,
      updated_at: at,
    },
    urls: {
      update_payment_method: `${origin}/subscription/${id}/payment-details`,
      customer_portal: `${origin}/billing`,
      customer_portal_update_subscription: `${origin}/billing/${id}/update`,
    },
    renews_at,
    ends_at: null,
    created_at: at,
    updated_at: at,
    test_mode,
  };
}

/** `past_due` → `Past Due`. */
export function formatStatus(status: string): string {
  return status
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');
}
