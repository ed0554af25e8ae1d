import type { Database } from '../../database/connect.ts';
import { isUniqueViolation } from '../../database/errors.ts';
import { PREPARED } from '../../database/prepared.ts';
import type { Random } from '../../random.ts';

/** One of an account's streams. */
export interface StreamSlot {
  slotNumber: number;
  label: string;
  streamToken: string;
  /** Name of the slot's relay in DNS. */
  relaySlug: string;
}

export interface SlotRow {
  slot_number: number;
  label: string;
  stream_token: string;
  relay_slug: string;
}

const TABLE = 'stream_slots';
const COLUMNS = ['slot_number', 'label', 'stream_token', 'relay_slug'] as const;
const TOKEN_LENGTH = 12;
const SLUG_LENGTH = 8;
/** A collision of random names is unlikely once, and not to be expected three times. */
const ATTEMPTS = 3;

export function toSlot(row: SlotRow): StreamSlot {
  return { slotNumber: row.slot_number, label: row.label, streamToken: row.stream_token, relaySlug: row.relay_slug };
}

/** The slots with numbers up to `count`, made where they are missing, in the order of their numbers. */
export async function ensureSlots(
  db: Database,
  random: Random,
  userId: string,
  count: number,
  now: Date,
): Promise<StreamSlot[]> {
  for (let attempt = 1; ; attempt += 1) {
    const rows = await selectSlots(db, userId, count);
    const existing = new Set(rows.map((row) => row.slot_number));
    const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !existing.has(number));
    if (missing.length === 0) return rows.map(toSlot);
    if (attempt > ATTEMPTS) throw new Error(`The slots of ${userId} could not be made.`);
    const made = missing.map((number) => newSlotRow(random, userId, number, now));
    // Someone else may be making them at the same time, and a random name may be taken: look again then.
    await db(TABLE).insert(made).onConflict().ignore();
  }
}

/** Whether one of the user's slots has that token. */
export async function hasToken(db: Database, userId: string, streamToken: string): Promise<boolean> {
  // Compared here: what was sent may hold characters that the database refuses.
  const tokens: string[] = await db(TABLE).where({ user_id: userId }).pluck('stream_token');
  return tokens.includes(streamToken);
}

/** What the slot's relay is called in DNS; null when there is no such slot. */
export async function relaySlugOf(db: Database, userId: string, slotNumber: number): Promise<string | null> {
  const [slug]: string[] = await db(TABLE).where({ user_id: userId, slot_number: slotNumber }).pluck('relay_slug');
  return slug ?? null;
}

function newSlotRow(random: Random, userId: string, number: number, now: Date) {
  return {
    user_id: userId,
    slot_number: number,
    label: number === 1 ? 'Main' : `Slot ${number}`,
    stream_token: random.code(TOKEN_LENGTH),
    relay_slug: random.code(SLUG_LENGTH),
    created_at: now,
    updated_at: now,
  };
}

function selectSlots(db: Database, userId: string, count: number): Promise<SlotRow[]> {
  return db<SlotRow & { user_id: string }>(TABLE)
    .select(...COLUMNS)
    .where({ user_id: userId })
    .andWhere('slot_number', '<=', count)
    .orderBy('slot_number')
    .options(PREPARED);
}

/** The renamed slot; null when there is none with that number. */
export async function renameSlot(
  db: Database,
  userId: string,
  slotNumber: number,
  label: string,
  now: Date,
): Promise<StreamSlot | null> {
  const rows = await db(TABLE)
    .where({ user_id: userId, slot_number: slotNumber })
    .update({ label, updated_at: now })
    .returning<SlotRow[]>([...COLUMNS]);
  return rows[0] ? toSlot(rows[0]) : null;
}

/** The slot with a new token; null when there is none with that number. */
export async function replaceStreamToken(
  db: Database,
  random: Random,
  userId: string,
  slotNumber: number,
  now: Date,
): Promise<StreamSlot | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const rows = await db(TABLE)
        .where({ user_id: userId, slot_number: slotNumber })
        .update({ stream_token: random.code(TOKEN_LENGTH), updated_at: now })
        .returning<SlotRow[]>([...COLUMNS]);
      return rows[0] ? toSlot(rows[0]) : null;
    } catch (error) {
      if (attempt >= ATTEMPTS || !isUniqueViolation(error, 'stream_slots_stream_token_key')) throw error;
    }
  }
}
