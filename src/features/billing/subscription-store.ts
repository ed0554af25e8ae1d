import type { Database, Transaction } from '../../database/connect.ts';
import type { Refund, SellerStatus, Snapshot } from './subscription-state.ts';

/** A subscription by the seller's id, and whose it is; null until an event has told. */
export interface SubscriptionRecord {
  id: string;
  userId: string | null;
  orderId: string;
}

interface SnapshotRow {
  updated_at: Date;
  rank: number;
  status: SellerStatus;
  variant_id: string;
  quantity: number;
  trial_ends_at: Date | null;
  renews_at: Date | null;
  ends_at: Date | null;
  billing_anchor: number | null;
}

const TABLE = 'subscriptions';
const SNAPSHOTS = 'subscription_snapshots';
const REFUNDS = 'subscription_refunds';
const SNAPSHOT_COLUMNS = [
  'updated_at',
  'rank',
  'status',
  'variant_id',
  'quantity',
  'trial_ends_at',
  'renews_at',
  'ends_at',
  'billing_anchor',
] as const;

/** The subscription, made if it is new, and locked until the transaction ends. A user that is known already stays. */
export async function lockOrInsertSubscription(
  trx: Transaction,
  subscription: SubscriptionRecord,
  syncDueAt: Date,
): Promise<SubscriptionRecord> {
  const { id, userId, orderId } = subscription;
  await trx(TABLE)
    .insert({ id, user_id: userId, order_id: orderId, sync_due_at: syncDueAt })
    .onConflict('id')
    .merge({ user_id: trx.raw('coalesce(??, excluded.user_id)', [`${TABLE}.user_id`]), order_id: orderId });
  return (await lockSubscription(trx, id)) as SubscriptionRecord;
}

export async function lockSubscription(trx: Transaction, id: string): Promise<SubscriptionRecord | null> {
  const row = await trx(TABLE).where({ id }).forUpdate().first<Row | undefined>('id', 'user_id', 'order_id');
  return row ? toRecord(row) : null;
}

export async function findSubscription(db: Database, id: string): Promise<SubscriptionRecord | null> {
  const row = await db(TABLE).where({ id }).first<Row | undefined>('id', 'user_id', 'order_id');
  return row ? toRecord(row) : null;
}

/** Those that were bought with an order. */
export async function findSubscriptionsOfOrder(db: Database, orderId: string): Promise<SubscriptionRecord[]> {
  const rows: Row[] = await db(TABLE).where({ order_id: orderId }).orderBy('id').select('id', 'user_id', 'order_id');
  return rows.map(toRecord);
}

/** Adds what the seller said; of two words of one second and rank the newer one stays. */
export async function storeSnapshot(
  trx: Transaction,
  subscriptionId: string,
  snapshot: Snapshot,
  now: Date,
): Promise<void> {
  await trx(SNAPSHOTS)
    .insert({
      subscription_id: subscriptionId,
      updated_at: snapshot.updatedAt,
      rank: snapshot.rank,
      status: snapshot.status,
      variant_id: snapshot.variantId,
      quantity: snapshot.quantity,
      trial_ends_at: snapshot.trialEndsAt,
      renews_at: snapshot.renewsAt,
      ends_at: snapshot.endsAt,
      billing_anchor: snapshot.billingAnchor,
      recorded_at: now,
    })
    .onConflict(['subscription_id', 'updated_at', 'rank'])
    .merge();
}

export async function readSnapshots(db: Database, subscriptionId: string): Promise<Snapshot[]> {
  const rows: SnapshotRow[] = await db(SNAPSHOTS)
    .where({ subscription_id: subscriptionId })
    .select(...SNAPSHOT_COLUMNS);
  return rows.map(toSnapshot);
}

/** Notes a full refund, of an order or of an invoice; the same one again changes nothing. */
export async function storeRefund(
  trx: Transaction,
  refund: { eventId: string; subscriptionId: string | null; orderId: string | null; refundedAt: Date },
): Promise<void> {
  await trx(REFUNDS)
    .insert({
      event_id: refund.eventId,
      subscription_id: refund.subscriptionId,
      order_id: refund.orderId,
      refunded_at: refund.refundedAt,
    })
    .onConflict()
    .ignore();
}

export async function readRefunds(db: Database, { id, orderId }: SubscriptionRecord): Promise<Refund[]> {
  const rows: { refunded_at: Date }[] = await db(REFUNDS)
    .where({ subscription_id: id })
    .orWhere({ order_id: orderId })
    .select('refunded_at');
  return rows.map(({ refunded_at: refundedAt }) => ({ refundedAt }));
}

/** Claims subscriptions that are due to be looked at, until `claimedUntil`: whoever claims and dies leaves them due then. */
export async function claimDueSubscriptions(
  db: Database,
  now: Date,
  claimedUntil: Date,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `update ${TABLE} set sync_due_at = ? where id in (
       select id from ${TABLE} where sync_due_at <= ? order by sync_due_at limit ? for update skip locked
     ) returning id`,
    [claimedUntil, now, limit],
  );
  return rows.map(({ id }) => id);
}

/** When to look at it again; null for never. */
export async function storeSync(db: Database, id: string, syncedAt: Date, dueAt: Date | null): Promise<void> {
  await db(TABLE).where({ id }).update({ synced_at: syncedAt, sync_due_at: dueAt });
}

/** Has a user's subscriptions looked at as soon as possible. */
export async function hastenSync(db: Database, userId: string, now: Date): Promise<void> {
  await db(TABLE).where({ user_id: userId }).andWhere('sync_due_at', '>', now).update({ sync_due_at: now });
}

interface Row {
  id: string;
  user_id: string | null;
  order_id: string;
}

function toRecord(row: Row): SubscriptionRecord {
  return { id: row.id, userId: row.user_id, orderId: row.order_id };
}

function toSnapshot(row: SnapshotRow): Snapshot {
  return {
    updatedAt: row.updated_at,
    rank: row.rank,
    status: row.status,
    variantId: row.variant_id,
    quantity: row.quantity,
    trialEndsAt: row.trial_ends_at,
    renewsAt: row.renews_at,
    endsAt: row.ends_at,
    billingAnchor: row.billing_anchor,
  };
}
