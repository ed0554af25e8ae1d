import type { Database, Transaction } from '../../database/connect.ts';

/**
 * `received`: to be worked on. `applied`: done. `ignored`: nothing to do. `dead`: cannot be worked on as things are; kept
 * until an operator has it tried again.
 */
export const EVENT_STATES = ['received', 'applied', 'ignored', 'dead'] as const;
export type EventState = (typeof EVENT_STATES)[number];

/** A webhook as it came, and what became of it. */
export interface BillingEvent {
  id: string;
  body: Buffer;
  receivedAt: Date;
  state: EventState;
  eventName: string | null;
  /** Why it is in its state, in a word; null for a plain success. */
  reason: string | null;
  /** More of the reason, for people. */
  detail: string | null;
  attempts: number;
  userId: string | null;
  subscriptionId: string | null;
  processedAt: Date | null;
}

/** What is noted when an event was worked on. */
export interface EventOutcome {
  state: EventState;
  reason: string | null;
  detail?: string | null;
  eventName?: string | null;
  userId?: string | null;
  subscriptionId?: string | null;
}

interface EventRow {
  id: string;
  body: Buffer;
  received_at: Date;
  state: EventState;
  event_name: string | null;
  reason: string | null;
  detail: string | null;
  attempts: number;
  user_id: string | null;
  subscription_id: string | null;
  processed_at: Date | null;
}

const TABLE = 'billing_events';
const COLUMNS = [
  'id',
  'body',
  'received_at',
  'state',
  'event_name',
  'reason',
  'detail',
  'attempts',
  'user_id',
  'subscription_id',
  'processed_at',
] as const;

/** A webhook that just came in. */
export interface NewEvent {
  id: string;
  /** SHA-256 of the body. */
  digest: Buffer;
  body: Buffer;
  receivedAt: Date;
}

/** Stores webhooks; answers the ids of those whose bytes were not stored before. */
export async function insertEvents(trx: Transaction, events: readonly NewEvent[]): Promise<string[]> {
  const inserted: { id: string }[] = await trx(TABLE)
    .insert(
      events.map(({ id, digest, body, receivedAt }) => ({ id, body_sha256: digest, body, received_at: receivedAt })),
    )
    .onConflict('body_sha256')
    .ignore()
    .returning('id');
  return inserted.map(({ id }) => id);
}

export async function findEvent(db: Database, id: string): Promise<BillingEvent | null> {
  const row = await db<EventRow>(TABLE)
    .first(...COLUMNS)
    .where({ id });
  return row ? toEvent(row) : null;
}

/** Counts an attempt before it is made, so that one that kills its worker counts too; returns how many there were. */
export async function countAttempt(db: Database, id: string): Promise<number> {
  const rows: { attempts: number }[] = await db(TABLE).where({ id }).increment('attempts', 1).returning('attempts');
  return rows[0]?.attempts ?? 0;
}

export async function storeOutcome(db: Database, id: string, outcome: EventOutcome, now: Date): Promise<void> {
  await db(TABLE)
    .where({ id })
    .update({
      state: outcome.state,
      reason: outcome.reason,
      detail: outcome.detail ?? null,
      event_name: outcome.eventName ?? null,
      user_id: outcome.userId ?? null,
      subscription_id: outcome.subscriptionId ?? null,
      processed_at: now,
    });
}

/** Makes an event one that is still to be worked on; false when there is none. */
export async function reopenEvent(trx: Transaction, id: string): Promise<boolean> {
  const reopened = await trx(TABLE)
    .where({ id })
    .update({ state: 'received', reason: null, detail: null, attempts: 0 });
  return reopened > 0;
}

/** Events for people to look at, newest first. */
export async function listEvents(
  db: Database,
  filter: { states?: readonly EventState[]; userId?: string; limit: number },
): Promise<BillingEvent[]> {
  const query = db<EventRow>(TABLE)
    .select(...COLUMNS)
    .orderBy([
      { column: 'received_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(filter.limit);
  if (filter.states) query.whereIn('state', [...filter.states]);
  if (filter.userId !== undefined) query.where({ user_id: filter.userId });
  return (await query).map(toEvent);
}

/** How many events are in each state. */
export async function countEvents(db: Database): Promise<Record<string, number>> {
  const rows: { state: EventState; count: string }[] = await db(TABLE).groupBy('state').select('state').count();
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}

function toEvent(row: EventRow): BillingEvent {
  return {
    id: row.id,
    body: row.body,
    receivedAt: row.received_at,
    state: row.state,
    eventName: row.event_name,
    reason: row.reason,
    detail: row.detail,
    attempts: row.attempts,
    userId: row.user_id,
    subscriptionId: row.subscription_id,
    processedAt: row.processed_at,
  };
}
