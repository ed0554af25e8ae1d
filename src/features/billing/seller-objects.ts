import { z } from 'zod';
import { SELLER_STATUSES, type Snapshot } from './subscription-state.ts';

/** A body of the seller that isn't what it documents; the message says where. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** Ids are numbers in attributes and text elsewhere. */
const id = z.union([z.int().min(1), z.string().regex(/^\d{1,20}$/)]).transform(String);
const amount = z.number().nullish();

const meta = z.object({
  meta: z.object({
    event_name: z.string().regex(/^\P{Cc}{1,100}$/u),
    test_mode: z.boolean().nullish(),
    custom_data: z.record(z.string(), z.unknown()).nullish(),
  }),
  data: z.object({ type: z.string().max(100), id, attributes: z.record(z.string(), z.unknown()) }),
});

const subscription = z.object({
  order_id: id,
  variant_id: id,
  status: z.enum(SELLER_STATUSES),
  trial_ends_at: time.nullish(),
  renews_at: time.nullish(),
  ends_at: time.nullish(),
  updated_at: time,
  billing_anchor: z.int().min(1).max(31).nullish(),
  first_subscription_item: z.object({ quantity: z.int().min(0).max(10_000) }).nullish(),
});

const refundFields = {
  status: z.string().nullish(),
  refunded: z.boolean().nullish(),
  refunded_at: time.nullish(),
  updated_at: time,
  total: amount,
  refunded_amount: amount,
};
const refundedOrder = z.object(refundFields);
const invoice = z.object({ ...refundFields, subscription_id: id });

/** What every webhook has in common. */
export interface WebhookBody {
  eventName: string;
  testMode: boolean;
  /** Our user's id, where the checkout passed it on. */
  userId: string | null;
  id: string;
  attributes: Record<string, unknown>;
}

/** Reads the signed bytes of a webhook. @throws ShapeError */
export function readWebhook(bytes: Buffer): WebhookBody {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ShapeError('is not JSON');
  }
  const { meta: about, data } = check(meta, json);
  const { user_id: userId } = about.custom_data ?? {};
  return {
    eventName: about.event_name,
    testMode: about.test_mode === true || data.attributes.test_mode === true,
    userId: typeof userId === 'string' && /^usr_\w{1,64}$/.test(userId) ? userId : null,
    id: data.id,
    attributes: data.attributes,
  };
}

/** A subscription's attributes, and the order it came with. @throws ShapeError */
export function readSubscription(attributes: unknown, rank: number): { orderId: string; snapshot: Snapshot } {
  const read = check(subscription, attributes);
  return {
    orderId: read.order_id,
    snapshot: {
      updatedAt: read.updated_at,
      rank,
      status: read.status,
      variantId: read.variant_id,
      quantity: read.first_subscription_item?.quantity ?? 1,
      trialEndsAt: read.trial_ends_at ?? null,
      renewsAt: read.renews_at ?? null,
      endsAt: read.ends_at ?? null,
      billingAnchor: read.billing_anchor ?? null,
    },
  };
}

/** The subscription that an invoice is of. @throws ShapeError */
export function readInvoice(attributes: unknown): { subscriptionId: string; refundedAt: Date | null } {
  const read = check(invoice, attributes);
  return { subscriptionId: read.subscription_id, refundedAt: fullRefundAt(read) };
}

/** When an order was paid back in full; null if it was in part. @throws ShapeError */
export function readOrderRefund(attributes: unknown): { refundedAt: Date | null } {
  return { refundedAt: fullRefundAt(check(refundedOrder, attributes)) };
}

function fullRefundAt(read: z.output<typeof refundedOrder>): Date | null {
  const { total, refunded_amount: back, status, refunded } = read;
  const isFull =
    typeof total === 'number' && typeof back === 'number'
      ? back >= total && back > 0
      : refunded === true && status !== 'partial_refund';
  return isFull ? (read.refunded_at ?? read.updated_at) : null;
}

function check<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ShapeError(
    parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; '),
  );
}
