import { createHash } from 'node:crypto';
import { type ImportContext, importRow } from '../../database/import/import-row.ts';
import { BadRowError, optionalText, optionalTime, type SourceValues, time } from '../../database/import/read-row.ts';

/** Columns of users that name a subscription at the seller. */
const SUBSCRIPTIONS = [
  { id: 'lemon_subscription_id', order: 'lemon_order_id' },
  { id: 'lemon_addon_subscription_id', order: 'lemon_addon_order_id' },
];

/** Brings in whose a user's subscriptions are, and has the seller asked about them as soon as it can be. */
export async function importLegacySubscriptions(context: ImportContext, user: SourceValues): Promise<void> {
  const userId = String(user.id);
  for (const { id, order } of SUBSCRIPTIONS) {
    const named = user[id];
    if (typeof named !== 'string' || named === '') continue;
    const source = {
      table: 'users.subscription',
      id: named,
      userId,
      values: { id: named, order: user[order] ?? null },
    };
    await importRow(context, source, () => ({
      table: 'subscriptions',
      key: { id: named },
      // The order is told with the next word of the seller; no order has this name.
      values: { user_id: userId, order_id: optionalText(user, order) ?? '', sync_due_at: context.now },
    }));
  }
}

/** Names that the columns of the body may have. */
const BODIES = ['body', 'raw_body', 'payload', 'payload_json'];

/** Brings in a webhook as a record of what came; it was worked on there, and nothing is done about it here. */
export async function importLegacyEvent(
  context: ImportContext,
  userId: string | null,
  values: SourceValues,
): Promise<void> {
  const source = { table: 'billing_events', id: String(values.id), userId, values };
  await importRow(context, source, () => {
    const body = bodyOf(values);
    const digest = createHash('sha256').update(body).digest();
    return {
      table: 'billing_events',
      key: { id: `bev_${createHash('sha256').update(`imported ${values.id}`).digest('hex').slice(0, 32)}` },
      values: {
        body_sha256: digest,
        body,
        received_at: optionalTime(values, 'received_at') ?? time(values, 'created_at'),
        state: 'ignored',
        reason: 'imported',
        event_name: optionalText(values, 'event_name'),
        user_id: userId,
        subscription_id: optionalText(values, 'subscription_id'),
        processed_at: optionalTime(values, 'processed_at'),
      },
    };
  });
}

function bodyOf(values: SourceValues): Buffer {
  const body = BODIES.map((name) => values[name]).find((value) => value !== undefined && value !== null);
  if (body === undefined) throw new BadRowError('has no body under a name that is known');
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
