/** What an account can be on. */
export const PLAN_TIERS = ['free', 'starter', 'standard', 'pro', 'internal'] as const;
export type PlanTier = (typeof PLAN_TIERS)[number];

export const PLAN_STATUSES = ['trial', 'active', 'past_due', 'canceled'] as const;
export type PlanStatus = (typeof PLAN_STATUSES)[number];

/** What a tier includes. */
export interface Plan {
  tier: PlanTier;
  /** Seconds per cycle; null for unlimited. */
  includedSeconds: number | null;
  /** Relays that may be live at once. */
  relays: number;
  /** Whether starts are allowed once the included time is used up. */
  overageAllowed: boolean;
}

export type Plans = Readonly<Record<PlanTier, Plan>>;

/** The plans as they are sold. */
export const DEFAULT_PLANS: Plans = {
  free: { tier: 'free', includedSeconds: 0, relays: 0, overageAllowed: false },
  starter: { tier: 'starter', includedSeconds: 14_400, relays: 1, overageAllowed: true },
  standard: { tier: 'standard', includedSeconds: 54_000, relays: 1, overageAllowed: true },
  pro: { tier: 'pro', includedSeconds: 180_000, relays: 3, overageAllowed: true },
  internal: { tier: 'internal', includedSeconds: null, relays: 99, overageAllowed: true },
};
