import type { PlanStatus, PlanTier } from './plans.ts';

/** A user and the plan that the user is on. */
export interface Account {
  id: string;
  email: string;
  /** Empty if none was given. */
  displayName: string;
  planTier: PlanTier;
  planStatus: PlanStatus;
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
  cycle_anchor_at: Date;
  created_at: Date;
}

export const USER_COLUMNS = [
  'id',
  'email',
  'display_name',
  'plan_tier',
  'plan_status',
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
    cycleAnchorAt: row.cycle_anchor_at,
    createdAt: row.created_at,
  };
}
