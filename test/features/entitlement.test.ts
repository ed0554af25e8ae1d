import assert from 'node:assert/strict';
import type { Account } from '../../src/features/account/account.ts';
import {
  decideEntitlement,
  type EntitlementFacts,
  type EntitlementReason,
} from '../../src/features/account/entitlement.ts';
import type { Plans, PlanTier } from '../../src/features/account/plans.ts';
import { presentPlan } from '../../src/features/account/present-plan.ts';
import { anAccount, aSubscription } from '../support/accounts.ts';
import { CATALOG } from '../support/plans.ts';

const NOW = new Date('2026-05-12T09:00:00Z');
const hours = (count: number) => new Date(NOW.getTime() + count * 3_600_000);
const second = (count: number) => new Date(NOW.getTime() + count * 1000);

/** `starter` may be used beyond its time, `standard` may not. */
const PLANS: Plans = {
  ...CATALOG.plans,
  starter: { tier: 'starter', includedSeconds: 1000, relays: 2, overageAllowed: true },
  standard: { tier: 'standard', includedSeconds: 1000, relays: 2, overageAllowed: false },
};

const plan = (tier: PlanTier) => ({ kind: 'plan', tier }) as const;
const addon = (relays: number) => ({ kind: 'addon', relays }) as const;

interface Case {
  name: string;
  account: Partial<Account>;
  consumed?: number;
  live?: number;
  reason: EntitlementReason;
  relays: number;
}

const CASES: Case[] = [
  { name: 'the free plan', account: {}, reason: 'subscription_required', relays: 0 },
  { name: 'a plan that an operator gave', account: { planTier: 'standard' }, reason: 'ok', relays: 2 },
  {
    name: 'a trial given by an operator',
    account: { planTier: 'standard', planStatus: 'trial' },
    reason: 'ok',
    relays: 2,
  },
  {
    name: 'a plan that an operator canceled',
    account: { planTier: 'standard', planStatus: 'canceled' },
    reason: 'subscription_inactive',
    relays: 2,
  },
  {
    name: 'a subscription in force',
    account: { subscriptions: [aSubscription({ product: plan('standard') })] },
    reason: 'ok',
    relays: 2,
  },
  {
    name: 'a trial in its last second',
    account: { subscriptions: [aSubscription({ product: plan('standard'), state: 'trial', trialEndsAt: second(1) })] },
    reason: 'ok',
    relays: 2,
  },
  {
    name: 'a trial that ended less than 48 hours ago, of which nobody has said that it is not paid',
    account: { subscriptions: [aSubscription({ product: plan('standard'), state: 'trial', trialEndsAt: hours(-47) })] },
    reason: 'ok',
    relays: 2,
  },
  {
    name: 'a trial that ended 48 hours ago',
    account: { subscriptions: [aSubscription({ product: plan('standard'), state: 'trial', trialEndsAt: hours(-48) })] },
    reason: 'subscription_required',
    relays: 0,
  },
  {
    name: 'a late payment in the last second of its 48 hours',
    account: {
      subscriptions: [
        aSubscription({
          product: plan('standard'),
          state: 'past_due',
          pastDueSince: new Date(hours(-48).getTime() + 1000),
        }),
      ],
    },
    reason: 'ok',
    relays: 2,
  },
  {
    name: 'a payment that is late for 48 hours, whether or not a job has noted it',
    account: {
      subscriptions: [aSubscription({ product: plan('standard'), state: 'past_due', pastDueSince: hours(-48) })],
    },
    reason: 'subscription_required',
    relays: 0,
  },
  {
    name: 'a canceled subscription in its last second',
    account: { subscriptions: [aSubscription({ product: plan('standard'), state: 'canceled', endsAt: second(1) })] },
    reason: 'ok',
    relays: 2,
  },
  {
    name: 'a canceled subscription at its end',
    account: { subscriptions: [aSubscription({ product: plan('standard'), state: 'canceled', endsAt: NOW })] },
    reason: 'subscription_inactive',
    relays: 2,
  },
  {
    name: 'an expired, paused, unpaid or refunded subscription',
    account: { subscriptions: [aSubscription({ product: plan('standard'), state: 'ended' })] },
    reason: 'subscription_required',
    relays: 0,
  },
  {
    name: 'the better one of two subscriptions',
    account: {
      subscriptions: [
        aSubscription({ id: '1', product: plan('starter') }),
        aSubscription({ id: '2', product: plan('pro') }),
      ],
    },
    reason: 'ok',
    relays: 3,
  },
  {
    name: 'a subscription in force rather than a better one that has ended',
    account: {
      subscriptions: [
        aSubscription({ id: '1', product: plan('starter') }),
        aSubscription({ id: '2', product: plan('pro'), state: 'canceled', endsAt: hours(-1) }),
      ],
    },
    reason: 'ok',
    relays: 2,
  },
  {
    name: 'what an operator gave, when the subscription has ended',
    account: { planTier: 'internal', subscriptions: [aSubscription({ product: plan('pro'), state: 'ended' })] },
    reason: 'ok',
    relays: 99,
  },
  {
    name: 'a plan with purchased relays',
    account: {
      subscriptions: [
        aSubscription({ id: '1', product: plan('standard') }),
        aSubscription({ id: '2', product: addon(4) }),
        aSubscription({ id: '3', product: addon(1), state: 'ended' }),
      ],
    },
    live: 5,
    reason: 'ok',
    relays: 6,
  },
  {
    name: 'purchased relays without a plan that has any',
    account: { subscriptions: [aSubscription({ product: addon(4) })] },
    reason: 'subscription_required',
    relays: 0,
  },
  {
    name: 'the last second of the Time Bank',
    account: { planTier: 'standard' },
    consumed: 999,
    reason: 'ok',
    relays: 2,
  },
  {
    name: 'an empty Time Bank',
    account: { planTier: 'standard' },
    consumed: 1000,
    reason: 'time_bank_exhausted',
    relays: 2,
  },
  {
    name: 'an empty Time Bank of a plan that allows overage',
    account: { planTier: 'starter' },
    consumed: 50_000,
    reason: 'ok',
    relays: 2,
  },
  { name: 'unlimited time', account: { planTier: 'internal' }, consumed: 9_999_999, reason: 'ok', relays: 99 },
  { name: 'room for one more relay', account: { planTier: 'standard' }, live: 1, reason: 'ok', relays: 2 },
  {
    name: 'as many live relays as the plan has, which keeps access',
    account: { planTier: 'standard' },
    live: 2,
    reason: 'connection_limit_reached',
    relays: 2,
  },
  {
    name: 'more live relays than the plan has, as after a change to a smaller one',
    account: { planTier: 'standard' },
    live: 3,
    reason: 'connection_limit_reached',
    relays: 2,
  },
];

function facts({ account, consumed = 0, live = 0 }: Omit<Case, 'name' | 'reason' | 'relays'>): EntitlementFacts {
  return { account: anAccount(account), plans: PLANS, consumedSeconds: consumed, liveConnections: live, now: NOW };
}

describe('entitlement', () => {
  for (const { name, reason, relays, ...given } of CASES) {
    it(`answers ${reason} to ${name}`, () => {
      const enabled = reason === 'ok' || reason === 'connection_limit_reached';
      assert.deepEqual(decideEntitlement(facts(given)), {
        relayAccess: enabled ? 'enabled' : 'disabled',
        reason,
        maxConnections: relays,
        liveConnections: given.live ?? 0,
      });
    });
  }

  it('answers user_not_found without an account', () => {
    assert.deepEqual(decideEntitlement(null), {
      relayAccess: 'disabled',
      reason: 'user_not_found',
      maxConnections: 0,
      liveConnections: 0,
    });
  });

  it('reaches every reason that the contract declares', () => {
    const reached = new Set(['user_not_found', ...CASES.map(({ reason }) => reason)]);
    assert.equal(reached.size, 6);
  });

  it('tells the first reason that holds, in the order of domain.md', () => {
    const steps: Partial<Account>[] = [
      { planTier: 'free', planStatus: 'canceled' },
      { planTier: 'standard', planStatus: 'canceled' },
      { planTier: 'standard' },
    ];
    const told = steps.map((account) => decideEntitlement(facts({ account, consumed: 5000, live: 9 })).reason);
    assert.deepEqual(told, ['subscription_required', 'subscription_inactive', 'time_bank_exhausted']);
    const withTime = decideEntitlement(facts({ account: { planTier: 'standard' }, live: 9 }));
    assert.equal(withTime.reason, 'connection_limit_reached');
  });

  it('sells the plans that domain.md lists, with overage for those that are paid', () => {
    const rows = Object.values(CATALOG.plans).map(({ tier, includedSeconds, relays, overageAllowed }) => [
      tier,
      includedSeconds,
      relays,
      overageAllowed,
    ]);
    assert.deepEqual(rows, [
      ['free', 0, 0, false],
      ['starter', 14_400, 1, true],
      ['standard', 54_000, 1, true],
      ['pro', 180_000, 3, true],
      ['internal', null, 99, true],
    ]);
  });
});

describe('the plan that is shown', () => {
  const shown = (account: Partial<Account>) => {
    const { plan, status } = presentPlan(anAccount(account), PLANS, NOW);
    return [plan.tier, status];
  };

  it('is free and active without anything, and behind a subscription that has ended', () => {
    assert.deepEqual(shown({}), ['free', 'active']);
    assert.deepEqual(shown({ subscriptions: [aSubscription({ state: 'ended' })] }), ['free', 'active']);
  });

  it('keeps its name when it was canceled, so that people see what to renew', () => {
    const canceled = aSubscription({ product: plan('pro'), state: 'canceled', endsAt: hours(-1) });
    assert.deepEqual(shown({ subscriptions: [canceled] }), ['pro', 'canceled']);
  });

  it('is past due from the end of a trial that nobody has spoken of since', () => {
    const trial = aSubscription({ product: plan('pro'), state: 'trial', trialEndsAt: NOW });
    assert.deepEqual(shown({ subscriptions: [trial] }), ['pro', 'past_due']);
  });
});
