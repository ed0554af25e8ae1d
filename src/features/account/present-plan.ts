import { addSeconds } from '../../clock.ts';
import type { Account } from './account.ts';
import { PLAN_TIERS, type Plan, type PlanStatus, type Plans, type PlanTier } from './plans.ts';
import type { Subscription } from './subscription.ts';

/** A payment may be late for this long before the account is downgraded, in seconds (48 hours). */
const PAST_DUE_GRACE_SECONDS = 48 * 3600;

/** The plan that an account is on at a moment. */
export interface PresentPlan {
  /** Purchased relays included. */
  plan: Plan;
  status: PlanStatus;
  /** Whether the subscription stands, so that relays may be started as far as it goes. */
  inForce: boolean;
  /** The moment that cycles are counted from, and the day of the month on which they end. */
  cycleAnchor: { at: Date; day: number };
}

/** One right to a plan. */
interface Claim {
  tier: PlanTier;
  status: PlanStatus;
  inForce: boolean;
  cycleAnchor: PresentPlan['cycleAnchor'];
}

/**
 * What an account is on at `now`, by the clock and not by what a job has noted: the best plan in force of those that its
 * subscriptions and its operator give it; else the best one that was canceled; else the free one.
 */
export function presentPlan(account: Account, plans: Plans, now: Date): PresentPlan {
  const claims = claimsOf(account, now);
  const inForce = claims.filter((claim) => claim.inForce);
  const claim = best(inForce) ?? best(claims) ?? freeClaim(account);
  const plan = plans[claim.tier];
  const relays = claim.inForce && plan.relays > 0 ? plan.relays + addonRelays(account, now) : plan.relays;
  return { plan: { ...plan, relays }, status: claim.status, inForce: claim.inForce, cycleAnchor: claim.cycleAnchor };
}

/** The next moment at which time alone changes what the account may do, or begins a new billing period; null if none. */
export function nextPlanDeadline(account: Account, now: Date): Date | null {
  const own = account.planStatus === 'past_due' ? [addSeconds(account.planStatusAt, PAST_DUE_GRACE_SECONDS)] : [];
  const ahead = [...own, ...account.subscriptions.flatMap(deadlinesOf)].filter((at) => at > now);
  return ahead.length === 0 ? null : new Date(Math.min(...ahead.map((at) => at.getTime())));
}

function deadlinesOf({ state, trialEndsAt, pastDueSince, endsAt, cycleAnchorAt }: Subscription): Date[] {
  const moments: Record<Subscription['state'], (Date | null)[]> = {
    trial: [trialEndsAt, trialEndsAt && addSeconds(trialEndsAt, PAST_DUE_GRACE_SECONDS)],
    active: [cycleAnchorAt],
    past_due: [pastDueSince && addSeconds(pastDueSince, PAST_DUE_GRACE_SECONDS)],
    canceled: [endsAt],
    ended: [],
  };
  return moments[state].filter((at) => at !== null);
}

function claimsOf(account: Account, now: Date): Claim[] {
  const { planTier: tier, planStatus, planStatusAt } = account;
  const hand = { state: planStatus, trialEndsAt: null, pastDueSince: planStatusAt, endsAt: null };
  // Being on the free plan is no claim: it would hide that a better one was canceled.
  const standing = tier === 'free' && planStatus === 'active' ? null : standingOf(hand, now);
  const given = standing ? [{ tier, ...standing, cycleAnchor: ownAnchor(account) }] : [];
  return [
    ...account.subscriptions.flatMap((subscription) => {
      const standing = standingOf(subscription, now);
      if (!standing || subscription.product.kind !== 'plan') return [];
      return [{ tier: subscription.product.tier, ...standing, cycleAnchor: anchorOf(account, subscription) }];
    }),
    ...given,
  ];
}

/** Null: it gives nothing, not even the memory of a plan. */
function standingOf(
  { state, trialEndsAt, pastDueSince, endsAt }: Pick<Subscription, 'state' | 'trialEndsAt' | 'pastDueSince' | 'endsAt'>,
  now: Date,
): { status: PlanStatus; inForce: boolean } | null {
  switch (state) {
    case 'active':
      return { status: 'active', inForce: true };
    case 'trial':
      // Until the seller says whether it was paid for, a trial that is over counts as a late payment.
      if (trialEndsAt && now >= trialEndsAt) return isPatient(trialEndsAt, now);
      return { status: 'trial', inForce: true };
    case 'past_due':
      return isPatient(pastDueSince, now);
    case 'canceled':
      return { status: 'canceled', inForce: endsAt !== null && now < endsAt };
    case 'ended':
      return null;
  }
}

function isPatient(since: Date | null, now: Date): { status: PlanStatus; inForce: boolean } | null {
  const over = since !== null && now >= addSeconds(since, PAST_DUE_GRACE_SECONDS);
  return over ? null : { status: 'past_due', inForce: true };
}

/** The highest tier; of several the first. */
function best(claims: readonly Claim[]): Claim | undefined {
  return claims.toSorted((a, b) => PLAN_TIERS.indexOf(b.tier) - PLAN_TIERS.indexOf(a.tier))[0];
}

function addonRelays(account: Account, now: Date): number {
  return account.subscriptions.reduce((sum, subscription) => {
    const { product } = subscription;
    return product.kind === 'addon' && standingOf(subscription, now)?.inForce ? sum + product.relays : sum;
  }, 0);
}

function freeClaim(account: Account): Claim {
  return { tier: 'free', status: 'active', inForce: true, cycleAnchor: ownAnchor(account) };
}

function ownAnchor({ cycleAnchorAt }: Account): PresentPlan['cycleAnchor'] {
  return { at: cycleAnchorAt, day: cycleAnchorAt.getUTCDate() };
}

function anchorOf(account: Account, { cycleAnchorAt, billingDay }: Subscription): PresentPlan['cycleAnchor'] {
  if (cycleAnchorAt === null) return ownAnchor(account);
  return { at: cycleAnchorAt, day: billingDay ?? cycleAnchorAt.getUTCDate() };
}
