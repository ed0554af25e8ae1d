import type { Transaction } from '../../database/connect.ts';
import { findUser } from '../account/index.ts';
import { type EventMeaning, meaningOf } from './event-catalog.ts';
import { countAttempt, type EventOutcome, findEvent, storeOutcome } from './event-store.ts';
import { SellerRefusedError } from './seller-client.ts';
import {
  readInvoice,
  readOrderRefund,
  readSubscription,
  readWebhook,
  ShapeError,
  type WebhookBody,
} from './seller-objects.ts';
import { applyRefund, applySnapshot } from './subscription-service.ts';
import { findSubscription, findSubscriptionsOfOrder } from './subscription-store.ts';
import { type SyncDeps, syncSubscription } from './sync.ts';

export interface EventJobDeps extends SyncDeps {
  mode: 'test' | 'live';
}

/** Attempts until an event is given up as dead; with growing pauses of at most a minute they take about half an hour. */
export const MOST_ATTEMPTS = 30;

/**
 * Works on one stored webhook. Done twice it does the same as once: the state of a subscription follows from the set of
 * what is known of it.
 *
 * @throws whatever may be mended by trying again; after the last attempt the event is dead instead.
 */
export async function processEvent(deps: EventJobDeps, eventId: string): Promise<void> {
  const event = await findEvent(deps.database, eventId);
  if (event?.state !== 'received') return;
  const attempts = await countAttempt(deps.database, eventId);
  try {
    await work(deps, eventId, event.body);
  } catch (error) {
    const outcome = outcomeOfFailure(error, attempts);
    if (!outcome) throw error;
    await settle(deps, deps.database, eventId, outcome);
  }
}

function outcomeOfFailure(error: unknown, attempts: number): EventOutcome | null {
  const detail = String((error as Error).message ?? error);
  if (error instanceof ShapeError) return { state: 'dead', reason: 'shapeless', detail };
  if (error instanceof SellerRefusedError) return { state: 'dead', reason: 'seller_refused', detail };
  return attempts >= MOST_ATTEMPTS ? { state: 'dead', reason: 'gave_up', detail } : null;
}

async function work(deps: EventJobDeps, eventId: string, bytes: Buffer): Promise<void> {
  const body = readWebhook(bytes);
  const meaning = meaningOf(body.eventName);
  const reason = reasonToIgnore(deps, body, meaning);
  const { eventName } = body;
  if (reason !== null) return settle(deps, deps.database, eventId, { state: 'ignored', reason, eventName });
  switch (meaning?.kind) {
    case 'subscription':
      return workOnSubscription(deps, eventId, body, meaning);
    case 'payment': {
      const { subscriptionId } = readInvoice(body.attributes);
      const { userId, found } = await syncSubscription(deps, subscriptionId);
      const unknown = { state: 'dead', reason: 'unknown_subscription' } as const;
      const outcome: EventOutcome = found ? { state: 'applied', reason: null } : unknown;
      return settle(deps, deps.database, eventId, { ...outcome, eventName, userId, subscriptionId });
    }
    default:
      return workOnRefund(deps, eventId, body, meaning?.kind === 'payment_refund');
  }
}

function reasonToIgnore({ mode }: EventJobDeps, body: WebhookBody, meaning: EventMeaning | null): string | null {
  if (body.testMode && mode === 'live') return 'test_mode';
  if (!meaning) return 'unknown_event';
  return meaning.kind === 'none' ? 'no_action' : null;
}

async function workOnSubscription(
  deps: EventJobDeps,
  eventId: string,
  body: WebhookBody,
  { rank }: EventMeaning,
): Promise<void> {
  const { orderId, snapshot } = readSubscription(body.attributes, rank);
  const { eventName, id: subscriptionId } = body;
  await deps.database.transaction(async (trx) => {
    const named = body.userId !== null && (await findUser(trx, body.userId)) ? body.userId : null;
    const applied = await applySnapshot(deps, trx, { id: subscriptionId, orderId, userId: named, snapshot });
    const { userId } = applied;
    const about = { eventName, subscriptionId, userId };
    if (userId === null) return settle(deps, trx, eventId, { ...about, state: 'dead', reason: 'unknown_user' });
    const reason = applied.knownVariant ? null : 'unknown_variant';
    return settle(deps, trx, eventId, { ...about, state: reason === null ? 'applied' : 'dead', reason });
  });
}

async function workOnRefund(deps: EventJobDeps, eventId: string, body: WebhookBody, ofInvoice: boolean): Promise<void> {
  const { eventName } = body;
  const { refundedAt, subscriptionId } = ofInvoice
    ? readInvoice(body.attributes)
    : { ...readOrderRefund(body.attributes), subscriptionId: null };
  if (refundedAt === null) {
    const reason = 'partial_refund';
    return settle(deps, deps.database, eventId, { state: 'ignored', reason, eventName, subscriptionId });
  }
  await deps.database.transaction(async (trx) => {
    const orderId = ofInvoice ? null : body.id;
    const known = orderId === null ? await findOne(trx, subscriptionId) : await findSubscriptionsOfOrder(trx, orderId);
    await applyRefund(deps, trx, { eventId, subscriptionId, orderId, refundedAt }, known);
    const [first] = known;
    const about = { eventName, subscriptionId: subscriptionId ?? first?.id ?? null, userId: first?.userId ?? null };
    return settle(deps, trx, eventId, { ...about, state: 'applied', reason: null });
  });
}

async function findOne(trx: Transaction, subscriptionId: string | null) {
  const found = subscriptionId === null ? null : await findSubscription(trx, subscriptionId);
  return found ? [found] : [];
}

/** Notes what became of an event; whoever watches hears of the dead ones. */
async function settle(
  deps: EventJobDeps,
  db: EventJobDeps['database'],
  eventId: string,
  outcome: EventOutcome,
): Promise<void> {
  await storeOutcome(db, eventId, outcome, deps.clock.now());
  const known = outcome.eventName && meaningOf(outcome.eventName) ? outcome.eventName : 'unknown';
  deps.metrics.billingEvents.inc({ event: known, outcome: outcome.state });
  if (outcome.state !== 'dead') return;
  deps.metrics.billingAlerts.inc({ reason: outcome.reason ?? 'dead' });
  deps.logger.error({ event_id: eventId, reason: outcome.reason, detail: outcome.detail }, 'billing_event_dead');
}
