import type { PlanStatus, PlanTier } from './plans.ts';
import { type StoredSubscription, type Subscription, toSubscription } from './subscription.ts';

/** A user, and what gives the user a plan; what that comes to at a moment is for `presentPlan` to say. */
export interface Account {
  id: string;
  email: string;
  /** Empty if none was given. */
  displayName: string;
  /** The plan that an operator or an import gave; `free` and `active` unless one did. */
  planTier: PlanTier;
  planStatus: PlanStatus;
  /** Since when. */
  planStatusAt: Date;
  /** What billing derived from what the seller said. */
  subscriptions: readonly Subscription[];
  /** Usage cycles are counted from here; whole seconds. */
  cycleAnchorAt: Date;
  createdAt: Date;
}

/** A user as the database has it. */
export interface UserRow {
  id: string;
  email: string;
  display_name: string;
  plan_tier: PlanTier;
  plan_status: PlanStatus;
  plan_status_at: Date;
  subscriptions: StoredSubscription[];
  cycle_anchor_at: Date;
  created_at: Date;
}

export const USER_COLUMNS = [
  'id',
  'email',
  'display_name',
  'plan_tier',
  'plan_status',
  'plan_status_at',
  'subscriptions',
  'cycle_anchor_at',
  'created_at',
] as const;

export function toAccount(row: UserRow): Account {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    planTier: row.plan_tier,
    planStatus: row.plan_status,
    planStatusAt: row.plan_status_at,
    subscriptions: row.subscriptions.map(toSubscription),
    cycleAnchorAt: row.cycle_anchor_at,
    createdAt: row.created_at,
  };
}
