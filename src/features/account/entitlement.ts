import type { Account } from './account.ts';
import type { Plans } from './plans.ts';
import { type PresentPlan, presentPlan } from './present-plan.ts';

/** Why relays may not be started; `ok` when they may. */
export type EntitlementReason =
  | 'ok'
  | 'user_not_found'
  | 'subscription_required'
  | 'subscription_inactive'
  | 'time_bank_exhausted'
  | 'connection_limit_reached';

export interface Entitlement {
  /** At the connection limit this stays `enabled`: only a further start is denied. */
  relayAccess: 'enabled' | 'disabled';
  reason: EntitlementReason;
  maxConnections: number;
  liveConnections: number;
}

export interface EntitlementFacts {
  account: Account;
  plans: Plans;
  /** Seconds used in the cycle that `now` falls into. */
  consumedSeconds: number;
  /** Sessions that are provisioning, active or in grace. */
  liveConnections: number;
  now: Date;
}

/** What an account may do now. The first reason that holds is told; null facts mean that there is no such account. */
export function decideEntitlement(facts: EntitlementFacts | null): Entitlement {
  if (!facts) return { relayAccess: 'disabled', reason: 'user_not_found', maxConnections: 0, liveConnections: 0 };
  const present = presentPlan(facts.account, facts.plans, facts.now);
  const reason = firstReason(present, facts);
  return {
    relayAccess: reason === 'ok' || reason === 'connection_limit_reached' ? 'enabled' : 'disabled',
    reason,
    maxConnections: present.plan.relays,
    liveConnections: facts.liveConnections,
  };
}

function firstReason(
  { plan, inForce }: PresentPlan,
  { consumedSeconds, liveConnections }: EntitlementFacts,
): EntitlementReason {
  if (plan.relays === 0) return 'subscription_required';
  if (!inForce) return 'subscription_inactive';
  const exhausted = plan.includedSeconds !== null && consumedSeconds >= plan.includedSeconds;
  if (exhausted && !plan.overageAllowed) return 'time_bank_exhausted';
  return liveConnections >= plan.relays ? 'connection_limit_reached' : 'ok';
}
