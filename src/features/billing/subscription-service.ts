import { addSeconds, type Clock } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { type Catalog, lockUser, storeSubscription } from '../account/index.ts';
import { type AccessDeps, enforceAccess } from './access.ts';
import { deriveSubscription, type Snapshot } from './subscription-state.ts';
import {
  findSubscription,
  lockOrInsertSubscription,
  lockSubscription,
  readRefunds,
  readSnapshots,
  type SubscriptionRecord,
  storeRefund,
  storeSnapshot,
} from './subscription-store.ts';

/** What billing's services work with. */
export interface BillingDeps extends AccessDeps {
  database: Database;
  clock: Clock;
  catalog: Catalog;
  logger: Logger;
  metrics: Metrics;
}

/** A new subscription is looked at after this long, and every one again and again, in seconds. */
export const SYNC_EVERY_SECONDS = 3600;

/** What the seller said of a subscription. */
export interface SubscriptionNews {
  id: string;
  orderId: string;
  /** Whose it is, if the seller said so. */
  userId: string | null;
  snapshot: Snapshot;
}

/** Whose the subscription is by now, and whether what it sells is known. */
export interface Applied {
  userId: string | null;
  knownVariant: boolean;
}

/** Takes in what the seller said of a subscription, and brings its account up to date. */
export async function applySnapshot(deps: BillingDeps, trx: Transaction, news: SubscriptionNews): Promise<Applied> {
  const now = deps.clock.now();
  const { id, orderId, userId, snapshot } = news;
  // Before the subscription, whose row refers to the user: two subscriptions of one user would wait for each other.
  const owner = (await findSubscription(trx, id))?.userId ?? userId;
  if (owner !== null) await lockUser(trx, owner);
  const record = await lockOrInsertSubscription(trx, { id, userId, orderId }, addSeconds(now, SYNC_EVERY_SECONDS));
  await storeSnapshot(trx, id, snapshot, now);
  await refreshAccount(deps, trx, record);
  return { userId: record.userId, knownVariant: deps.catalog.products.has(snapshot.variantId) };
}

/** Takes in that an invoice or an order was paid back in full, and brings the accounts up to date. */
export async function applyRefund(
  deps: BillingDeps,
  trx: Transaction,
  refund: Parameters<typeof storeRefund>[1],
  subscriptions: readonly SubscriptionRecord[],
): Promise<void> {
  await storeRefund(trx, refund);
  for (const { id, userId } of subscriptions) {
    if (userId !== null) await lockUser(trx, userId);
    const record = await lockSubscription(trx, id);
    if (record) await refreshAccount(deps, trx, record);
  }
}

/** Derives a locked subscription anew, writes it to its account, and ends what the account may not have any more. */
async function refreshAccount(deps: BillingDeps, trx: Transaction, record: SubscriptionRecord): Promise<void> {
  if (record.userId === null) return;
  const [snapshots, refunds] = [await readSnapshots(trx, record.id), await readRefunds(trx, record)];
  const derived = deriveSubscription(record.id, snapshots, refunds, deps.catalog.products);
  const account = await lockUser(trx, record.userId);
  if (!derived || !account) return;
  await enforceAccess(deps, trx, await storeSubscription(trx, account, derived, deps.clock.now()));
}
