import { addSeconds, type Clock, later } from '../../clock.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { insertGaps } from '../usage/index.ts';
import { notifyChange, SYSTEM, storeBill } from './lifecycle.ts';
import { settle } from './session-change.ts';
import { eventsInsert } from './session-history-store.ts';
import { LEASE_SECONDS } from './session-machine.ts';
import { flagGaps, lockLapsedSessions, updateSession } from './session-store.ts';

export type Role = 'api' | 'worker';

/** A gap in the API's marks that is longer than this is an outage, in seconds. */
export const OUTAGE_SECONDS = 30;

/**
 * Keeps the record of when the API was alive. While it is away nobody can send a heartbeat, so no lease or grace may
 * end: deadlines act only up to the last moment at which it is known to have been there, and those inside an outage
 * move behind its end.
 */
export interface AliveMarks {
  /** The last moment at which the API is known to have been alive; `now` in a process that serves it and can write. */
  aliveUntil(now: Date): Date;
  /** Writes this process's marks, and finds out whether an outage of the API has just ended. */
  mark(): Promise<void>;
  /** Takes over the API's newest mark, where another process writes it. */
  refresh(): Promise<void>;
  /** Writes the marks without looking for a gap: for a clock that was moved by hand. */
  jump(): Promise<void>;
}

export interface AliveMarksOptions {
  database: Database;
  clock: Clock;
  roles: readonly Role[];
  logger: Logger;
  metrics: Metrics;
}

export function createAliveMarks({ database, clock, roles, logger, metrics }: AliveMarksOptions): AliveMarks {
  const servesApi = roles.includes('api');
  // Nothing is known before the first mark, so nothing lapses.
  let lastMark = new Date(0);

  const markApi = (now: Date): Promise<void> =>
    database.transaction(async (trx) => {
      // Locked, so that of several that come back at once only the first finds the outage.
      const before = await trx('alive_marks').where({ role: 'api' }).forUpdate().first<{ at: Date } | undefined>('at');
      const previous = before?.at;
      await setMark(trx, 'api', previous ? later(previous, now) : now);
      if (!previous || now.getTime() - previous.getTime() <= OUTAGE_SECONDS * 1000) return;
      await storeLapses(trx, previous, now, metrics);
      await noteOutage(trx, previous, now);
      const moved = await moveDeadlines(trx, previous, now);
      metrics.outages.inc();
      metrics.outageSeconds.inc((now.getTime() - previous.getTime()) / 1000);
      logger.warn({ from: previous, to: now, sessions: moved }, 'outage_of_our_own');
    });

  const refresh = async (): Promise<void> => {
    if (!servesApi) lastMark = await readApiMark(database);
  };

  return {
    aliveUntil: (now) => {
      if (!servesApi) return lastMark;
      return now.getTime() - lastMark.getTime() <= OUTAGE_SECONDS * 1000 ? now : lastMark;
    },
    async mark() {
      const now = clock.now();
      if (roles.includes('worker')) await setMark(database, 'worker', now);
      if (!servesApi) return refresh();
      await markApi(now);
      lastMark = now;
    },
    refresh,
    async jump() {
      const now = clock.now();
      for (const role of roles) await setMark(database, role, now);
      lastMark = now;
    },
  };
}

async function setMark(database: Database, role: Role, now: Date): Promise<void> {
  await database('alive_marks').insert({ role, at: now }).onConflict('role').merge();
}

async function readApiMark(database: Database): Promise<Date> {
  const row = await database('alive_marks').where({ role: 'api' }).first<{ at: Date } | undefined>('at');
  return row?.at ?? new Date(0);
}

/** Begins every grace that was due when the outage began and that nobody has stored: its end may have to move too. */
async function storeLapses(trx: Transaction, until: Date, now: Date, metrics: Metrics): Promise<void> {
  for (const session of await lockLapsedSessions(trx, until)) {
    const change = settle(session, { now: until, aliveUntil: until });
    const { after, transitions } = change;
    if (after.status !== 'grace') continue;
    await updateSession(trx, session, after);
    await eventsInsert(trx, after, transitions, SYSTEM, now);
    await storeBill(trx, change);
    await notifyChange(trx, after.userId);
    for (const { from, to, cause } of transitions) metrics.sessionTransitions.inc({ from, to, cause });
  }
}

/** Records the outage, and what it hid of sessions whose bill goes by reports that could not arrive. */
async function noteOutage(trx: Transaction, from: Date, to: Date): Promise<void> {
  const [outage] = await trx('outages')
    .insert({ role: 'api', started_at: from, ended_at: to })
    .returning<{ id: string }[]>('id');
  const { id } = outage as { id: string };
  const gaps = await flagGaps(trx, from, to);
  await insertGaps(
    trx,
    gaps.map((gap) => ({ ...gap, outageId: id, endedAt: to })),
  );
}

/** Moves every lease and grace deadline inside the outage to five minutes behind its end. */
async function moveDeadlines(trx: Database, from: Date, to: Date): Promise<number> {
  const moved = addSeconds(to, LEASE_SECONDS);
  const leases = await trx('relay_sessions')
    .where({ status: 'active' })
    .andWhere('lease_expires_at', '>', from)
    .andWhere('lease_expires_at', '<=', to)
    .update({ lease_expires_at: moved });
  const graces = await trx('relay_sessions')
    .where({ status: 'grace' })
    .andWhere('grace_expires_at', '>', from)
    .andWhere('grace_expires_at', '<=', to)
    .update({ grace_expires_at: moved });
  return leases + graces;
}
