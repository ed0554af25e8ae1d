import { later } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import { PREPARED } from '../../database/prepared.ts';
import type { Horizon } from './deadlines.ts';
import type { RelaySession } from './session.ts';
import { SESSION_COLUMNS, type SessionRow, toRow, toSession } from './session-row.ts';

const TABLE = 'relay_sessions';

/** Written out: in a plan for all values PostgreSQL cannot know that one that is passed along fits a partial index. */
const LIVE = "status <> 'stopped'";

/** Another transaction changed the session although it was locked here; a fault of ours. */
export class ConcurrentChangeError extends Error {
  override name = 'ConcurrentChangeError';
}

/** To be run, or to be made part of another statement. */
export function sessionInsert(trx: Transaction, session: RelaySession) {
  return trx(TABLE).insert(toRow(session));
}

export async function findSession(db: Database, id: string): Promise<RelaySession | null> {
  const row = await db<SessionRow>(TABLE)
    .first(...SESSION_COLUMNS)
    .where({ id })
    .options(PREPARED);
  return row ? toSession(row) : null;
}

/**
 * How many sessions have been up for long and were not billed for any of it lately, although they should have been:
 * active and, where the stream is what is billed, with one as far as is known.
 *
 * @param since the moment that "lately" begins at.
 */
export async function countStalledMeters(db: Database, since: Date): Promise<number> {
  const row = await db(TABLE)
    .whereRaw("status = 'active'")
    .andWhere('active_since', '<', since)
    .andWhere((billable) => billable.where({ metering: 'session' }).orWhere({ ingest_state: 'active' }))
    .andWhere((stalled) => stalled.whereNull('metered_since').orWhere('metered_until', '<=', since))
    .count<{ count: string }[]>()
    .first();
  return Number((row as { count: string } | undefined)?.count);
}

/** Locked until the transaction ends. */
export async function lockSession(trx: Transaction, id: string): Promise<RelaySession | null> {
  const row = await trx<SessionRow>(TABLE)
    .first(...SESSION_COLUMNS)
    .where({ id })
    .forUpdate();
  return row ? toSession(row) : null;
}

/** Those of these sessions that nobody else holds, locked until the transaction ends. */
export async function lockFreeSessions(trx: Transaction, ids: readonly string[]): Promise<RelaySession[]> {
  const rows = await trx<SessionRow>(TABLE)
    .select(...SESSION_COLUMNS)
    // One text for any number of them.
    .whereRaw('id = any (?)', [[...ids]])
    .forUpdate()
    .skipLocked();
  return rows.map(toSession);
}

/** The sessions of a user that aren't stored as stopped, newest first. */
export async function findLiveSessions(db: Database, userId: string): Promise<RelaySession[]> {
  const rows = await liveSessions(db, userId).options(PREPARED);
  return rows.map(toSession);
}

/** The same, locked until the transaction ends. */
export async function lockLiveSessions(trx: Transaction, userId: string): Promise<RelaySession[]> {
  const rows = await liveSessions(trx, userId).forUpdate();
  return rows.map(toSession);
}

function liveSessions(db: Database, userId: string) {
  return db<SessionRow>(TABLE)
    .select(...SESSION_COLUMNS)
    .where({ user_id: userId })
    .whereRaw(LIVE)
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ]);
}

/** The newest session of a user's connection, live or not. */
export async function findNewestOfConnection(
  db: Database,
  userId: string,
  connectionId: string | null,
): Promise<RelaySession | null> {
  const row = await db<SessionRow>(TABLE)
    .first(...SESSION_COLUMNS)
    .where({ user_id: userId, connection_id: connectionId })
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ]);
  return row ? toSession(row) : null;
}

/** Sessions for people to look at, newest first. */
export async function listSessions(
  db: Database,
  filter: { userId?: string; liveOnly: boolean; limit: number },
): Promise<RelaySession[]> {
  const query = db<SessionRow>(TABLE)
    .select(...SESSION_COLUMNS)
    .orderBy('created_at', 'desc')
    .limit(filter.limit);
  if (filter.userId !== undefined) query.where({ user_id: filter.userId });
  if (filter.liveOnly) query.whereRaw(LIVE);
  return (await query).map(toSession);
}

export async function findSessionsByIds(db: Database, ids: string[]): Promise<RelaySession[]> {
  const rows = await db<SessionRow>(TABLE)
    .select(...SESSION_COLUMNS)
    .whereIn('id', ids);
  return rows.map(toSession);
}

/** A session with a relay, and the provider that has it; null: not noted. */
export interface PlacedSession {
  session: RelaySession;
  provider: string | null;
}

/** All sessions that are up: active or in grace, each with its instance. */
export async function findPlacedSessions(db: Database): Promise<PlacedSession[]> {
  const rows: (SessionRow & { provider: string | null })[] = await db(`${TABLE} as s`)
    .leftJoin('relay_instances as i', (on) => on.on('i.session_id', 's.id').andOn('i.instance_id', 's.instance_id'))
    .whereRaw("s.status in ('active', 'grace')")
    .select(...SESSION_COLUMNS.map((column) => `s.${column}`), 'i.provider');
  return rows.map((row) => ({ session: toSession(row), provider: row.provider }));
}

/** Who took a user's slots when. */
export interface SlotUse {
  /** The slot that the connection took last; undefined: it never had one. */
  own: number | undefined;
  /** When each slot was last taken by another connection. */
  byOthers: ReadonlyMap<number, Date>;
}

/** How a user's slots were used, as this connection sees it. */
export async function readSlotUse(db: Database, userId: string, connectionId: string | null): Promise<SlotUse> {
  const rows: { slot_number: number; is_own: boolean; used_at: Date }[] = await db(TABLE)
    .where({ user_id: userId })
    .select(
      'slot_number',
      db.raw('connection_id is not distinct from ?::uuid as is_own, max(created_at) as used_at', [connectionId]),
    )
    .groupByRaw('1, 2')
    .orderBy('used_at', 'desc');
  const others = rows.filter((row) => !row.is_own);
  return {
    own: rows.find((row) => row.is_own)?.slot_number,
    byOthers: new Map(others.map((row) => [row.slot_number, row.used_at])),
  };
}

/** Up to `limit` sessions with a deadline that may act, locked; those that someone else holds are left out. */
export async function lockDueSessions(
  trx: Transaction,
  { now, aliveUntil }: Horizon,
  limit: number,
): Promise<RelaySession[]> {
  const rows = await trx<SessionRow>(TABLE)
    .select(...SESSION_COLUMNS)
    .where('next_deadline_at', '<=', now)
    // Those that wait for the API must not stand in the way of those that don't.
    .where((may) =>
      may
        .where('next_deadline_at', '<=', aliveUntil)
        .orWhere({ status: 'provisioning' })
        .orWhere('cap_expires_at', '<=', now),
    )
    .whereRaw(LIVE)
    .orderBy('next_deadline_at')
    .limit(limit)
    .forUpdate()
    .skipLocked();
  return rows.map(toSession);
}

/** Up to 50 sessions whose move is over but for the old relay's end, locked; those that someone else holds are left out. */
export async function lockDrained(trx: Transaction, now: Date): Promise<RelaySession[]> {
  const rows = await trx<SessionRow>(TABLE)
    .select(...SESSION_COLUMNS)
    .whereNotNull('migration')
    .andWhereRaw("migration ->> 'step' = 'draining' and migration ->> 'drain_until' <= ?", [now.toISOString()])
    .limit(50)
    .forUpdate()
    .skipLocked();
  return rows.map(toSession);
}

/** Every active session with a deadline at or before `until` that nobody has acted on yet, locked. */
export async function lockLapsedSessions(trx: Transaction, until: Date): Promise<RelaySession[]> {
  const rows = await trx<SessionRow>(TABLE)
    .select(...SESSION_COLUMNS)
    .whereRaw("status = 'active'")
    .andWhere('next_deadline_at', '<=', until)
    .forUpdate();
  return rows.map(toSession);
}

/**
 * Stores a session over the one that was read. The status and version that were read guard the write, so that the
 * database refuses what the machine's table doesn't know.
 *
 * @throws ConcurrentChangeError
 */
export async function updateSession(trx: Transaction, before: RelaySession, after: RelaySession): Promise<void> {
  const { id: _id, user_id: _userId, created_at: _createdAt, ...columns } = toRow(after);
  const changed = await trx(TABLE)
    .where({ id: before.id, status: before.status, version: before.version })
    .update(columns);
  if (changed !== 1)
    throw new ConcurrentChangeError(`${before.id} is no longer ${before.status} at version ${before.version}.`);
}

/**
 * Flags every session that an outage hid billable time of: active with a stream before it, and billed by the reports of
 * its relay, whose word was good for less than all of it.
 *
 * @returns from when on nothing is billed.
 */
export async function flagGaps(
  trx: Transaction,
  from: Date,
  to: Date,
): Promise<{ sessionId: string; startedAt: Date }[]> {
  const rows: { id: string; metered_until: Date | null }[] = await trx(TABLE)
    .where({ status: 'active', metering: 'ingest', ingest_state: 'active' })
    .andWhere('active_since', '<=', from)
    .andWhere((short) => short.whereNull('metered_until').orWhere('metered_until', '<', to))
    .update({ has_gaps: true })
    .returning(['id', 'metered_until']);
  return rows.map((row) => ({ sessionId: row.id, startedAt: later(row.metered_until ?? from, from) }));
}
