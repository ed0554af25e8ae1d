import { addSeconds } from '../../clock.ts';
import { FETCHED_AT_ONCE_RANK, FETCHED_RANK } from './event-catalog.ts';
import { type Seller, SellerRefusedError, SellerUnavailableError } from './seller-client.ts';
import { readSubscription, ShapeError } from './seller-objects.ts';
import { applySnapshot, type BillingDeps, SYNC_EVERY_SECONDS } from './subscription-service.ts';
import { claimDueSubscriptions, storeSync } from './subscription-store.ts';

export interface SyncDeps extends BillingDeps {
  /** Undefined: this deployment sells nothing. */
  seller: Seller | undefined;
}

/** Subscriptions that one run looks at; with a run every ten seconds that is 180 a minute, of the 300 calls that the seller allows. */
const BATCH = 30;
/** Calls under way at once. */
const PARALLEL = 5;
/** A second of the seller's time is over after this much of ours, in milliseconds: clocks differ a little. */
const SECOND_IS_OVER_MS = 3_000;
/** What may have changed within the second in which it was looked at is looked at again after this long, in seconds. */
const SYNC_SOON_SECONDS = 60;
/** Whoever claims a subscription and dies leaves it due again after this long, in seconds. */
const CLAIM_SECONDS = 300;

/** Asks the seller how a subscription is, and takes the answer in. @throws SellerUnavailableError, SellerRefusedError, ShapeError */
export async function syncSubscription(deps: SyncDeps, id: string): Promise<{ found: boolean; userId: string | null }> {
  if (!deps.seller) throw new SellerRefusedError('no LEMONSQUEEZY_API_KEY is configured');
  const attributes = await deps.seller.findSubscription(id);
  const now = deps.clock.now();
  if (attributes === null) {
    await storeSync(deps.database, id, now, null);
    return { found: false, userId: null };
  }
  const { orderId, snapshot: fetched } = readSubscription(attributes, FETCHED_RANK);
  const isFinal = now.getTime() - fetched.updatedAt.getTime() > SECOND_IS_OVER_MS;
  const snapshot = isFinal ? fetched : { ...fetched, rank: FETCHED_AT_ONCE_RANK };
  const again = addSeconds(now, isFinal ? SYNC_EVERY_SECONDS : SYNC_SOON_SECONDS);
  return deps.database.transaction(async (trx) => {
    const { userId, knownVariant } = await applySnapshot(deps, trx, { id, orderId, userId: null, snapshot });
    if (!knownVariant) {
      deps.metrics.billingAlerts.inc({ reason: 'unknown_variant' });
      deps.logger.error({ subscription_id: id, variant_id: snapshot.variantId }, 'billing_unknown_variant');
    }
    await storeSync(trx, id, now, snapshot.status === 'expired' ? null : again);
    return { found: true, userId };
  });
}

/**
 * Looks at the subscriptions that are due, for what webhooks missed. What is due is in the database, so a run that is cut
 * off is gone on with by the next one; when the seller asks for patience, the rest waits.
 *
 * @returns how many were looked at.
 */
export async function reconcileSubscriptions(deps: SyncDeps): Promise<number> {
  if (!deps.seller) return 0;
  const now = deps.clock.now();
  const due = await claimDueSubscriptions(deps.database, now, addSeconds(now, CLAIM_SECONDS), BATCH);
  let synced = 0;
  let wait = false;
  const lanes = Array.from({ length: PARALLEL }, async () => {
    for (let id = due.pop(); id !== undefined && !wait; id = due.pop()) {
      try {
        await syncSubscription(deps, id);
        synced += 1;
      } catch (error) {
        if (error instanceof SellerUnavailableError) wait = true;
        else if (!(error instanceof SellerRefusedError || error instanceof ShapeError)) throw error;
        deps.metrics.billingAlerts.inc({ reason: 'sync_failed' });
        deps.logger.warn({ subscription_id: id, err: error }, 'billing_sync_failed');
      }
    }
  });
  await Promise.all(lanes);
  return synced;
}
