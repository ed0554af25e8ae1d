import { createHash } from 'node:crypto';
import { floorToSecond } from '../../clock.ts';
import type { Transaction } from '../../database/connect.ts';
import { type ImportContext, importRow } from '../../database/import/import-row.ts';
import type { TargetRow } from '../../database/import/imported-row.ts';
import {
  assertOrder,
  BadRowError,
  oneOf,
  optionalCount,
  optionalText,
  optionalTime,
  type SourceValues,
  text,
  textLike,
  time,
} from '../../database/import/read-row.ts';
import type { Account } from './account.ts';
import { PLAN_STATUSES, PLAN_TIERS, type Plans } from './plans.ts';
import { nextPlanDeadline } from './present-plan.ts';
import type { Subscription } from './subscription.ts';

const IMPORTED = 'imported_users';

export interface LegacyUserOptions {
  plans: Plans;
  /** E-mails, in lower case, that several users of the Go service have. */
  sharedEmails: ReadonlySet<string>;
}

/**
 * Brings in a user of the Go service, with slot 1.
 *
 * @returns whether the user is here, so that the rest may come too.
 */
export async function importLegacyUser(
  context: ImportContext,
  values: SourceValues,
  options: LegacyUserOptions,
): Promise<boolean> {
  const id = String(values.id);
  const digest = createHash('sha256').update(id).digest();
  const { trx, now, report } = context;
  const wasImported = (await trx(IMPORTED).where({ id_sha256: digest }).first('imported_at')) !== undefined;
  if (wasImported && !(await trx('users').where({ id }).first('id'))) {
    report.leaveOut('users', id, 'was deleted here');
    return false;
  }
  const toTarget = () => toUser(values, options, now);
  const outcome = await importRow(context, { table: 'users', id, userId: id, values }, toTarget, (inner) =>
    noteUser(inner, digest, now),
  );
  if (outcome === null) return false;
  tellDifferences(context, values, options.plans);
  await importSlot(context, values);
  return true;
}

async function noteUser(trx: Transaction, id_sha256: Buffer, imported_at: Date): Promise<void> {
  await trx(IMPORTED).insert({ id_sha256, imported_at }).onConflict('id_sha256').ignore();
}

function toUser(values: SourceValues, { sharedEmails }: LegacyUserOptions, now: Date): TargetRow {
  const id = textLike(values, 'id', /^usr_[0-9A-Za-z_-]{1,64}$/);
  const email = text(values, 'email');
  if (sharedEmails.has(email.toLowerCase())) throw new BadRowError('several users have its e-mail');
  const createdAt = time(values, 'created_at');
  if (createdAt > now) throw new BadRowError('created_at is in the future');
  assertOrder(values, 'cycle_start_at', 'cycle_end_at');
  const planTier = oneOf(values, 'plan_tier', PLAN_TIERS);
  const planStatus = oneOf(values, 'plan_status', PLAN_STATUSES);
  const subscriptions = subscriptionsOf(values, now);
  const sold = subscriptions.some(({ product }) => product.kind === 'plan');
  const account: Account = {
    id,
    email,
    displayName: optionalText(values, 'display_name') ?? '',
    // What was bought is the subscription's to give and to take away; what stood beside it would stay for ever.
    planTier: sold ? 'free' : planTier,
    planStatus: sold ? 'active' : planStatus,
    planStatusAt: now,
    subscriptions,
    cycleAnchorAt: floorToSecond(optionalTime(values, 'cycle_start_at') ?? createdAt),
    createdAt,
  };
  return {
    table: 'users',
    key: { id },
    values: {
      email,
      display_name: account.displayName,
      plan_tier: account.planTier,
      plan_status: account.planStatus,
      plan_status_at: now,
      plan_deadline_at: nextPlanDeadline(account, now),
      subscriptions: JSON.stringify(subscriptions),
      cycle_anchor_at: account.cycleAnchorAt,
      created_at: createdAt,
      updated_at: now,
    },
  };
}

/** What was bought, as far as the columns tell; the seller has the last word as soon as it is asked. */
function subscriptionsOf(values: SourceValues, now: Date): Subscription[] {
  const tier = oneOf(values, 'plan_tier', PLAN_TIERS);
  const state = oneOf(values, 'plan_status', PLAN_STATUSES);
  const anchor = optionalTime(values, 'cycle_start_at');
  const common = {
    state,
    trialEndsAt: null,
    // Since when is not told: the 48 hours begin with the take-over.
    pastDueSince: state === 'past_due' ? now : null,
    endsAt: state === 'canceled' ? optionalTime(values, 'cycle_end_at') : null,
    cycleAnchorAt: anchor && floorToSecond(anchor),
    billingDay: anchor?.getUTCDate() ?? null,
  };
  const id = optionalText(values, 'lemon_subscription_id');
  const relays = optionalCount(values, 'addon_relay_count') ?? 0;
  const addonId = optionalText(values, 'lemon_addon_subscription_id') ?? `addon of ${values.id}`;
  // A plan that was canceled goes on until its cycle ends, which only a subscription can say.
  const ownId = id || (state === 'canceled' && tier !== 'free' ? `plan of ${values.id}` : null);
  return [
    ...(ownId ? [{ ...common, id: ownId, product: { kind: 'plan' as const, tier } }] : []),
    ...(relays > 0 ? [{ ...common, id: addonId, product: { kind: 'addon' as const, relays } }] : []),
  ];
}

/** What an operator has to know or do, because no column here can hold it. */
function tellDifferences({ report }: ImportContext, values: SourceValues, plans: Plans): void {
  const { id, included_seconds: included } = values;
  const plan = plans[values.plan_tier as keyof Plans];
  if (included !== undefined && included !== null && included !== plan.includedSeconds) {
    report.tell(
      `${id}: had ${included} included seconds; ${plan.tier} has ${plan.includedSeconds ?? 'no limit'} here.`,
    );
  }
  if (Number(values.addon_relay_count ?? 0) > 0 && !values.lemon_addon_subscription_id) {
    report.tell(`${id}: its add-on relays have no subscription here; nothing ends them but \`user\` commands.`);
  }
  if (values.eip_allocation_id) {
    const tags = `Key=telemy:deployment,Value=DEPLOYMENT_NAME Key=telemy:user-id,Value=${id}`;
    report.tell(
      `${id}: tag its Elastic IP: aws ec2 create-tags --resources ${values.eip_allocation_id} --tags ${tags}`,
    );
  }
}

/** The user's stream: senders and OBS have its token and name in their settings. */
async function importSlot(context: ImportContext, values: SourceValues): Promise<void> {
  const { id, stream_token, relay_slug, created_at, updated_at } = values;
  if (stream_token === undefined && relay_slug === undefined) return;
  const userId = String(id);
  const source = { table: 'users.slot', id: userId, userId, values: { stream_token, relay_slug } };
  await importRow(context, source, () => ({
    table: 'stream_slots',
    key: { user_id: userId, slot_number: 1 },
    values: {
      label: 'Main',
      stream_token: textLike(values, 'stream_token', /^[0-9A-Za-z_-]{1,64}$/),
      relay_slug: textLike(values, 'relay_slug', /^[0-9a-z-]{1,63}$/),
      created_at,
      updated_at: updated_at ?? created_at,
    },
  }));
}
