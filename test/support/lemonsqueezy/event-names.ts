/** The kinds of object that events carry, as their JSON:API `type`. */
export type EventObject = 'subscriptions' | 'subscription-invoices' | 'orders' | 'license-keys' | 'affiliates';

/**
 * What each event carries. Source: https://docs.lemonsqueezy.com/help/webhooks/event-types. The store's settings also
 * offer `subscription_plan_changed` and `affiliate_activated`.
 */
export const EVENT_OBJECTS = {
  order_created: 'orders',
  order_refunded: 'orders',
  subscription_created: 'subscriptions',
  subscription_updated: 'subscriptions',
  subscription_cancelled: 'subscriptions',
  subscription_resumed: 'subscriptions',
  subscription_expired: 'subscriptions',
  subscription_paused: 'subscriptions',
  subscription_unpaused: 'subscriptions',
  subscription_plan_changed: 'subscriptions',
  subscription_payment_success: 'subscription-invoices',
  subscription_payment_failed: 'subscription-invoices',
  subscription_payment_recovered: 'subscription-invoices',
  subscription_payment_refunded: 'subscription-invoices',
  license_key_created: 'license-keys',
  license_key_updated: 'license-keys',
  affiliate_activated: 'affiliates',
} as const satisfies Record<string, EventObject>;

export type EventName = keyof typeof EVENT_OBJECTS;

/** Every event that can be built. */
export const ALL_EVENT_NAMES = Object.keys(EVENT_OBJECTS) as EventName[];

/** True for events that repeat the custom data of their checkout: those of orders and subscriptions, not of payments. */
export function carriesCustomData(name: EventName): boolean {
  return EVENT_OBJECTS[name] === 'subscriptions' || EVENT_OBJECTS[name] === 'orders';
}
