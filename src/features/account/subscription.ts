import type { Product } from './plans.ts';

/** A subscription as the account sees it: what it stands for, and until when. */
export interface Subscription {
  /** The seller's id. */
  id: string;
  /** Of an add-on: `relays` is what its quantity brings in all. */
  product: Product;
  /** `ended`: it gives nothing any more (expired, paused, unpaid, refunded). */
  state: 'trial' | 'active' | 'past_due' | 'canceled' | 'ended';
  trialEndsAt: Date | null;
  /** When the first payment of the present series of failures failed. */
  pastDueSince: Date | null;
  /** Of a canceled one: until when it is paid. */
  endsAt: Date | null;
  /** End of a billing period; the Time Bank's cycles are counted from here, both ways. */
  cycleAnchorAt: Date | null;
  /** Day of the month on which periods end, 1 to 31; shorter months end on their last day. */
  billingDay: number | null;
}

/** Its form in a JSON column: times are text. */
export type StoredSubscription = {
  [K in keyof Subscription]: Subscription[K] extends Date | null ? string | null : Subscription[K];
};

const TIMES = ['trialEndsAt', 'pastDueSince', 'endsAt', 'cycleAnchorAt'] as const;

export function toSubscription(stored: StoredSubscription): Subscription {
  const times = TIMES.map((name) => [name, stored[name] === null ? null : new Date(stored[name])]);
  return { ...stored, ...Object.fromEntries(times) } as Subscription;
}
