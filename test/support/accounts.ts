import type { Account, Subscription } from '../../src/features/account/index.ts';

/** An account on the free plan, as it is right after it was made. */
export function anAccount(values: Partial<Account> = {}): Account {
  const at = new Date('2026-01-01T00:00:00Z');
  return {
    id: 'usr_1',
    email: 'mia@example.com',
    displayName: 'Mia',
    planTier: 'free',
    planStatus: 'active',
    planStatusAt: at,
    subscriptions: [],
    cycleAnchorAt: at,
    createdAt: at,
    ...values,
  };
}

/** An active subscription to the plan `standard`. */
export function aSubscription(values: Partial<Subscription> = {}): Subscription {
  return {
    id: '71',
    product: { kind: 'plan', tier: 'standard' },
    state: 'active',
    trialEndsAt: null,
    pastDueSince: null,
    endsAt: null,
    cycleAnchorAt: null,
    billingDay: null,
    ...values,
  };
}
