import { resolve } from 'node:path';
import { z } from 'zod';
import { describeFault, FileFaultsError, readYamlFile } from '../../yaml-file.ts';
import { type Catalog, PLAN_TIERS, type PlanTier, type Product } from './plans.ts';

/** The plans that are sold unless PLANS_FILE says otherwise. */
export const DEFAULT_PLANS_FILE = resolve(import.meta.dirname, '../../../plans.yaml');

const MOST_RELAYS = 999;
const MOST_SECONDS = 2_147_483_647;
const NO_SECONDS = 'must be whole seconds or `unlimited`';
const NO_VARIANT = 'must be a LemonSqueezy variant id, in quotes';

// The seller wants them as numbers in places, so they must not be longer than numbers are exact.
const variants = z.array(z.string(NO_VARIANT).regex(/^[1-9]\d{0,14}$/, NO_VARIANT));
const relays = z.int().min(0).max(MOST_RELAYS);
const plan = z.strictObject({
  included_seconds: z.union([z.literal('unlimited'), z.int().min(0, NO_SECONDS).max(MOST_SECONDS)], NO_SECONDS),
  relays,
  overage: z.boolean(),
  variants,
});
const addon = z.strictObject({ relays: relays.min(1), variants: variants.min(1, 'must name at least one variant') });
const schema = z.strictObject({
  plans: z.strictObject(Object.fromEntries(PLAN_TIERS.map((tier) => [tier, plan])) as Record<PlanTier, typeof plan>),
  addons: z.array(addon).default([]),
});

type File = z.output<typeof schema>;

/**
 * Reads what is sold from a YAML file of the form of `plans.yaml`.
 *
 * @throws FileFaultsError that lists every fault.
 */
export function readPlansFile(path: string): Catalog {
  const content = readYamlFile(path);
  const parsed = schema.safeParse(content, { reportInput: true });
  const faults = [...(parsed.error?.issues ?? []).map(describe), ...namedTwice(content)];
  if (!parsed.success || faults.length > 0) throw new FileFaultsError(faults);
  const sold = soldBy(parsed.data);
  const [addonEntry] = parsed.data.addons;
  return {
    plans: Object.fromEntries(PLAN_TIERS.map((tier) => [tier, toPlan(tier, parsed.data)])) as Catalog['plans'],
    products: new Map(sold.map(({ variant, product }) => [variant, product])),
    planVariants: new Map(
      PLAN_TIERS.flatMap((tier) => parsed.data.plans[tier].variants.slice(0, 1).map((variant) => [tier, variant])),
    ),
    addon: addonEntry ? { variantId: addonEntry.variants[0] as string, relays: addonEntry.relays } : null,
  };
}

function describe(issue: z.core.$ZodIssue): string {
  const isNoObject = issue.path.length === 0 && !isObject(issue.input);
  return isNoObject ? 'must have `plans`, as the default plans.yaml has' : describeFault(issue);
}

/** Looks wherever variants may be named, whatever else is wrong with the file. */
function namedTwice(content: unknown): string[] {
  const { plans, addons } = isObject(content) ? content : {};
  const things = [plans, addons].flatMap((part) => (isObject(part) ? Object.values(part) : []));
  const named = things.flatMap((thing) => (isObject(thing) && Array.isArray(thing.variants) ? thing.variants : []));
  const twice = new Set(named.filter((variant, index) => named.indexOf(variant) !== index));
  return [...twice].map((variant) => `variant ${variant} stands for two things`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function soldBy(file: File): { variant: string; product: Product }[] {
  const plans = PLAN_TIERS.flatMap((tier) =>
    file.plans[tier].variants.map((variant) => ({ variant, product: { kind: 'plan', tier } as const })),
  );
  const addons = file.addons.flatMap(({ relays, variants }) =>
    variants.map((variant) => ({ variant, product: { kind: 'addon', relays } as const })),
  );
  return [...plans, ...addons];
}

function toPlan(tier: PlanTier, file: File): Catalog['plans'][PlanTier] {
  const { included_seconds: included, relays, overage } = file.plans[tier];
  return { tier, includedSeconds: included === 'unlimited' ? null : included, relays, overageAllowed: overage };
}
