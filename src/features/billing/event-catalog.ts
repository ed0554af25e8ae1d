/** What an event brings: a whole subscription, or only the word that one should be looked at; money back; nothing for us. */
export type EventKind = 'subscription' | 'payment' | 'order_refund' | 'payment_refund' | 'none';

export interface EventMeaning {
  kind: EventKind;
  /** Of a subscription event: decides between two of the same second. */
  rank: number;
}

/** A subscription that was fetched once its second was over is later than any event of that second: the seller knew of them. */
export const FETCHED_RANK = 100;
/** One that was fetched within its second may have changed again in it, so the events of that second come behind it. */
export const FETCHED_AT_ONCE_RANK = 1;

/**
 * The events that LemonSqueezy documents (https://docs.lemonsqueezy.com/help/webhooks/event-types). Each subscription
 * event carries the whole state, so the names decide nothing but the order within a second.
 */
const EVENTS: Readonly<Record<string, EventMeaning>> = {
  subscription_created: { kind: 'subscription', rank: 10 },
  subscription_updated: { kind: 'subscription', rank: 20 },
  subscription_plan_changed: { kind: 'subscription', rank: 30 },
  subscription_resumed: { kind: 'subscription', rank: 40 },
  subscription_unpaused: { kind: 'subscription', rank: 41 },
  subscription_paused: { kind: 'subscription', rank: 50 },
  subscription_cancelled: { kind: 'subscription', rank: 60 },
  subscription_expired: { kind: 'subscription', rank: 70 },
  subscription_payment_success: { kind: 'payment', rank: 0 },
  subscription_payment_failed: { kind: 'payment', rank: 0 },
  subscription_payment_recovered: { kind: 'payment', rank: 0 },
  subscription_payment_refunded: { kind: 'payment_refund', rank: 0 },
  order_refunded: { kind: 'order_refund', rank: 0 },
  order_created: { kind: 'none', rank: 0 },
  license_key_created: { kind: 'none', rank: 0 },
  license_key_updated: { kind: 'none', rank: 0 },
  affiliate_activated: { kind: 'none', rank: 0 },
};

/** What an event means to us; null for a name that isn't documented. */
export function meaningOf(eventName: string): EventMeaning | null {
  return Object.hasOwn(EVENTS, eventName) ? (EVENTS[eventName] as EventMeaning) : null;
}
