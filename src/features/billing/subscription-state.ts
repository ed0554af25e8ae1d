import type { Product, Subscription } from '../account/index.ts';

/** Statuses of a LemonSqueezy subscription (https://docs.lemonsqueezy.com/api/subscriptions/the-subscription-object). */
export const SELLER_STATUSES = ['on_trial', 'active', 'paused', 'past_due', 'unpaid', 'cancelled', 'expired'] as const;
export type SellerStatus = (typeof SELLER_STATUSES)[number];

/** A subscription as the seller described it at one moment. */
export interface Snapshot {
  /** The seller's time of the change; whole seconds. */
  updatedAt: Date;
  /** Decides between snapshots of the same second: the higher one is the later one. */
  rank: number;
  status: SellerStatus;
  variantId: string;
  quantity: number;
  trialEndsAt: Date | null;
  /** End of the billing period; while a payment is late, the next attempt at it. */
  renewsAt: Date | null;
  endsAt: Date | null;
  /** Day of the month on which periods end. */
  billingAnchor: number | null;
}

/** Money that was given back in full. */
export interface Refund {
  refundedAt: Date;
}

const STATES: Record<SellerStatus, Subscription['state']> = {
  on_trial: 'trial',
  active: 'active',
  past_due: 'past_due',
  cancelled: 'canceled',
  paused: 'ended',
  unpaid: 'ended',
  expired: 'ended',
};

/** What is known after some of the happenings. */
interface Known {
  state: Subscription['state'];
  product: Product | null;
  trialEndsAt: Date | null;
  pastDueSince: Date | null;
  endsAt: Date | null;
  periodEnd: Date | null;
  billingDay: number | null;
  /** Set by a refund: the end of the period that was paid back. */
  refundedPeriodEnd: Date | null;
}

const NOTHING: Known = {
  state: 'ended',
  product: null,
  trialEndsAt: null,
  pastDueSince: null,
  endsAt: null,
  periodEnd: null,
  billingDay: null,
  refundedPeriodEnd: null,
};

/**
 * What a subscription is, by everything that is known of it. Webhooks have no order and come more than once, or never; so
 * the state is not changed by each, it follows anew from the set of them, in the order in which things happened.
 *
 * @param products what variants stand for; one that isn't known changes no plan.
 * @returns null while no snapshot names a known variant.
 */
export function deriveSubscription(
  id: string,
  snapshots: readonly Snapshot[],
  refunds: readonly Refund[],
  products: ReadonlyMap<string, Product>,
): Subscription | null {
  const happenings = [
    ...snapshots.map((snapshot) => ({
      at: snapshot.updatedAt.getTime(),
      rank: snapshot.rank,
      apply: (known: Known) => withSnapshot(known, snapshot, products.get(snapshot.variantId)),
    })),
    ...refunds.map(({ refundedAt }) => ({
      at: refundedAt.getTime(),
      rank: Number.POSITIVE_INFINITY,
      apply: (known: Known) => ({ ...known, refundedPeriodEnd: known.periodEnd ?? refundedAt }),
    })),
  ];
  const known = happenings
    .toSorted((a, b) => a.at - b.at || a.rank - b.rank)
    .reduce((so, happening) => happening.apply(so), NOTHING);
  return known.product && toSubscription(id, known, known.product);
}

function withSnapshot(known: Known, snapshot: Snapshot, product: Product | undefined): Known {
  const state = STATES[snapshot.status];
  const periodEnd = periodEndOf(known, snapshot, state);
  return {
    state,
    product: product ? timesQuantity(product, snapshot.quantity) : known.product,
    trialEndsAt: snapshot.trialEndsAt,
    pastDueSince: state === 'past_due' ? (known.pastDueSince ?? snapshot.updatedAt) : null,
    endsAt: snapshot.endsAt,
    periodEnd,
    billingDay: snapshot.billingAnchor ?? known.billingDay,
    refundedPeriodEnd: isPaidAgain(known, state, periodEnd) ? null : known.refundedPeriodEnd,
  };
}

/** While a payment is late `renews_at` tells the next attempt, not the end of a period. */
function periodEndOf(known: Known, { renewsAt, billingAnchor }: Snapshot, state: Subscription['state']): Date | null {
  if (state === 'active' || state === 'trial' || state === 'canceled') return renewsAt ?? known.periodEnd;
  if (known.periodEnd || state !== 'past_due' || !renewsAt || !billingAnchor) return known.periodEnd;
  return lastDayBefore(renewsAt, billingAnchor);
}

/** The last time that the month had that day, at or before `date`. */
function lastDayBefore(date: Date, day: number): Date {
  const moved = new Date(date);
  for (let days = 0; days < 31 && moved.getUTCDate() !== day; days += 1) moved.setUTCDate(moved.getUTCDate() - 1);
  return moved;
}

/** A refund ends access until a later period is paid, or the subscription comes back from where it had ended. */
function isPaidAgain(known: Known, state: Subscription['state'], periodEnd: Date | null): boolean {
  if (!known.refundedPeriodEnd || (state !== 'active' && state !== 'trial')) return false;
  const isLaterPeriod = periodEnd !== null && periodEnd > known.refundedPeriodEnd;
  return isLaterPeriod || known.state === 'ended' || known.state === 'canceled';
}

function timesQuantity(product: Product, quantity: number): Product {
  return product.kind === 'addon' ? { ...product, relays: product.relays * quantity } : product;
}

function toSubscription(id: string, known: Known, product: Product): Subscription {
  return {
    id,
    product,
    state: known.refundedPeriodEnd ? 'ended' : known.state,
    trialEndsAt: known.state === 'trial' ? known.trialEndsAt : null,
    pastDueSince: known.pastDueSince,
    endsAt: known.state === 'canceled' ? known.endsAt : null,
    cycleAnchorAt: known.periodEnd,
    billingDay: known.billingDay,
  };
}
