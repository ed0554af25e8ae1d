import { fromKnex, PgBoss, type SendOptions } from 'pg-boss';

import type { Database, Transaction } from '../database/connect.ts';
import { currentOrigin, type Origin } from '../observability/work-context.ts';

/** The work that is done outside of requests. A job may run more than once, so each is written to be repeated. */
export interface JobData {
  /** Brings up a session's relay. */
  'relay-provision': { sessionId: string };
  /** Takes down whatever a stopped session's launches made. */
  'relay-deprovision': { sessionId: string };
  /** Moves a live session to a relay in another region. */
  'relay-migrate': { sessionId: string };
  /** Makes the name of a session's slot lead to its relay. */
  'relay-dns': { sessionId: string };
  /** Works on a stored webhook of the seller. */
  'billing-event': { eventId: string };
}

export type JobName = keyof JobData;

/** A job's data as the queue keeps it. */
export type StoredData<Name extends JobName> = JobData[Name] & {
  /** The request that the job goes back to, through other jobs if need be. */
  origin?: Origin;
};

/** PostgreSQL channel that wakes workers; its payload is the job's name. */
export const JOB_CHANNEL = 'telemy_jobs';

const SCHEMA = 'jobs';
/** Any number; the same in every process. */
const INSTALL_LOCK = 7_340_128;

/**
 * A job that a killed worker held is given to another one after this long without a heartbeat (the queue's shortest).
 * It is also how often the holder reports.
 */
const HEARTBEAT_SECONDS = 10;

/** A failed run is repeated after 1, 2, 4 … at most 60 seconds, for weeks: nothing here may be given up. */
const RETRY = { retryLimit: 30_000, retryDelay: 1, retryBackoff: true, retryDelayMax: 60 };

const QUEUES: Record<JobName, object> = {
  'relay-provision': { ...RETRY, retryDelayMax: 5, expireInSeconds: 600, heartbeatSeconds: HEARTBEAT_SECONDS },
  'relay-deprovision': { ...RETRY, expireInSeconds: 600, heartbeatSeconds: HEARTBEAT_SECONDS },
  'relay-migrate': { ...RETRY, retryDelayMax: 5, expireInSeconds: 1_200, heartbeatSeconds: HEARTBEAT_SECONDS },
  'relay-dns': { ...RETRY, expireInSeconds: 600, heartbeatSeconds: HEARTBEAT_SECONDS },
  'billing-event': { ...RETRY, expireInSeconds: 600, heartbeatSeconds: HEARTBEAT_SECONDS },
};

/** The jobs that are asked for and not done. */
export interface JobQueue {
  /** Adds a job as part of a transaction: the job is there if and only if the change is. */
  enqueue<Name extends JobName>(trx: Transaction, name: Name, data: JobData[Name]): Promise<void>;
  /** The same for many of a kind, in as many round trips as for one; each may tell an origin of its own. */
  enqueueAll<Name extends JobName>(trx: Transaction, name: Name, all: readonly StoredData<Name>[]): Promise<void>;
  /** Whether a job with this data is under way, or waits for its first or next run. */
  isPending<Name extends JobName>(name: Name, data: JobData[Name]): Promise<boolean>;
}

/**
 * Makes pg-boss on the given pool, which must lead past any pooler.
 *
 * @param options.supervise whether this process looks after overdue jobs (workers do).
 */
export function createBoss(
  database: Database,
  options: { supervise: boolean; onError: (error: Error) => void },
): PgBoss {
  const boss = new PgBoss({
    db: fromKnex(database as never),
    schema: SCHEMA,
    supervise: options.supervise,
    schedule: false,
    migrate: true,
    registerInstance: false,
    monitorVacuum: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
  });
  boss.on('error', options.onError);
  return boss;
}

/** Installs or upgrades the queue's tables and makes its queues. Processes that start together take turns. */
export async function startBoss(boss: PgBoss, database: Database): Promise<void> {
  await database.transaction(async (trx) => {
    // An install that meets another one would fail and leave its connection unusable.
    await trx.raw('select pg_advisory_xact_lock(?)', [INSTALL_LOCK]);
    await boss.start();
    const existing = new Set((await boss.getQueues()).map((queue) => queue.name));
    for (const [name, options] of Object.entries(QUEUES)) {
      if (!existing.has(name)) await boss.createQueue(name, options);
    }
  });
}

/** States in which a job is still to be done. */
const PENDING: readonly string[] = ['created', 'retry', 'active'];

/** Has workers look for jobs as soon as the transaction is committed. */
async function wake(trx: Transaction, name: JobName): Promise<void> {
  await trx.raw('select pg_notify(?, ?)', [JOB_CHANNEL, name]);
}

/**
 * The queue as services see it. Whoever must not ask twice looks first: a queue that refuses a second job with the same
 * data (pg-boss's `exclusive`) would also refuse one while an older run is ending that has not seen the present state.
 */
export function createJobQueue(boss: PgBoss): JobQueue {
  return {
    async enqueue(trx, name, data) {
      const options: SendOptions = { db: fromKnex(trx as never) };
      const origin = currentOrigin();
      await Promise.all([boss.send(name, origin ? { ...data, origin } : data, options), wake(trx, name)]);
    },
    async enqueueAll(trx, name, all) {
      if (all.length === 0) return;
      const jobs = all.map((data) => ({ data }));
      await Promise.all([boss.insert(name, jobs, { db: fromKnex(trx as never) }), wake(trx, name)]);
    },
    async isPending(name, data) {
      const jobs = await boss.findJobs(name, { data });
      return jobs.some(({ state }) => PENDING.includes(state));
    },
  };
}
