/** What an account can be on, from least to most. */
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

/** What a LemonSqueezy variant stands for. */
export type Product =
  | { kind: 'plan'; tier: PlanTier }
  /** Further relays for each unit that is bought. */
  | { kind: 'addon'; relays: number };

/** Everything that is sold. */
export interface Catalog {
  plans: Plans;
  /** By variant id. */
  products: ReadonlyMap<string, Product>;
  /** Variant that a checkout sells for a plan; plans without one are not for sale. */
  planVariants: ReadonlyMap<PlanTier, string>;
  /** Variant that a checkout sells for further relays, and how many a unit brings. */
  addon: { variantId: string; relays: number } | null;
}
