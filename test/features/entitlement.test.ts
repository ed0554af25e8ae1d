import assert from 'node:assert/strict';
import {
  decideEntitlement,
  type EntitlementFacts,
  type EntitlementReason,
} from '../../src/features/account/entitlement.ts';
import { DEFAULT_PLANS, type Plan } from '../../src/features/account/plans.ts';

const STRICT: Plan = { tier: 'starter', includedSeconds: 1000, relays: 2, overageAllowed: false };
const LENIENT: Plan = { ...STRICT, overageAllowed: true };
const UNLIMITED: Plan = { ...STRICT, includedSeconds: null };
const NO_RELAYS: Plan = { ...STRICT, relays: 0 };

const FINE: EntitlementFacts = { plan: STRICT, planStatus: 'active', consumedSeconds: 0, liveConnections: 0 };

const CASES: { name: string; facts: Partial<EntitlementFacts>; reason: EntitlementReason; access: string }[] = [
  { name: 'an active plan with time and room', facts: {}, reason: 'ok', access: 'enabled' },
  { name: 'a trial', facts: { planStatus: 'trial' }, reason: 'ok', access: 'enabled' },
  { name: 'a plan without relays', facts: { plan: NO_RELAYS }, reason: 'subscription_required', access: 'disabled' },
  {
    name: 'a subscription that is canceled, with no end in sight',
    facts: { planStatus: 'canceled' },
    reason: 'subscription_inactive',
    access: 'disabled',
  },
  { name: 'the last second of the Time Bank', facts: { consumedSeconds: 999 }, reason: 'ok', access: 'enabled' },
  {
    name: 'an empty Time Bank',
    facts: { consumedSeconds: 1000 },
    reason: 'time_bank_exhausted',
    access: 'disabled',
  },
  {
    name: 'an empty Time Bank of a plan that allows overage',
    facts: { plan: LENIENT, consumedSeconds: 50_000 },
    reason: 'ok',
    access: 'enabled',
  },
  {
    name: 'unlimited time',
    facts: { plan: UNLIMITED, consumedSeconds: 9_999_999 },
    reason: 'ok',
    access: 'enabled',
  },
  { name: 'room for one more relay', facts: { liveConnections: 1 }, reason: 'ok', access: 'enabled' },
  {
    name: 'as many live relays as the plan has, which keeps access',
    facts: { liveConnections: 2 },
    reason: 'connection_limit_reached',
    access: 'enabled',
  },
  {
    name: 'more live relays than the plan has, as after a downgrade',
    facts: { liveConnections: 3 },
    reason: 'connection_limit_reached',
    access: 'enabled',
  },
];

describe('entitlement', () => {
  for (const { name, facts, reason, access } of CASES) {
    it(`answers ${reason} to ${name}`, () => {
      const whole = { ...FINE, ...facts };
      assert.deepEqual(decideEntitlement(whole), {
        relayAccess: access,
        reason,
        maxConnections: whole.plan.relays,
        liveConnections: whole.liveConnections,
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

  it('tells the first reason that holds, in the order of domain.md', () => {
    const worst: EntitlementFacts = {
      plan: NO_RELAYS,
      planStatus: 'canceled',
      consumedSeconds: 5000,
      liveConnections: 9,
    };
    const better: Partial<EntitlementFacts>[] = [{ plan: STRICT }, { planStatus: 'active' }, { consumedSeconds: 0 }];
    let facts = worst;
    const told = [decideEntitlement(facts).reason];
    for (const mend of better) {
      facts = { ...facts, ...mend };
      told.push(decideEntitlement(facts).reason);
    }
    assert.deepEqual(told, [
      'subscription_required',
      'subscription_inactive',
      'time_bank_exhausted',
      'connection_limit_reached',
    ]);
  });

  it('sells the plans that domain.md lists, with overage for those that are paid', () => {
    const rows = Object.values(DEFAULT_PLANS).map(({ tier, includedSeconds, relays, overageAllowed }) => [
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
