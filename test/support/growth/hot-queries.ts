import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { addSeconds, systemClock } from '../../../src/clock.ts';
import type { Database } from '../../../src/database/connect.ts';
import { findUser, lockUsersWithPlanDeadline } from '../../../src/features/account/index.ts';
import { ensureSlots } from '../../../src/features/account/slot-store.ts';
import { readAccountSnapshot } from '../../../src/features/account-snapshot.ts';
import { createUserCache } from '../../../src/features/account-view/index.ts';
import { findAuthSessionWithAccount } from '../../../src/features/auth/auth-session-store.ts';
import { insertEvents } from '../../../src/features/billing/event-store.ts';
import { claimDueSubscriptions } from '../../../src/features/billing/subscription-store.ts';
import type { AliveMarks } from '../../../src/features/relay/alive-marks.ts';
import { createLeaseRenewal } from '../../../src/features/relay/heartbeat-store.ts';
import { findBoundKey } from '../../../src/features/relay/idempotency-store.ts';
import { findStaleInstances } from '../../../src/features/relay/instance-store.ts';
import { readLaunchFigures } from '../../../src/features/relay/launch-figures.ts';
import { readManifest } from '../../../src/features/relay/manifest-store.ts';
import { readActive } from '../../../src/features/relay/session-queries.ts';
import {
  countStalledMeters,
  findNewestOfConnection,
  findPlacedSessions,
  findSession,
  lockDueSessions,
  readSlotUse,
} from '../../../src/features/relay/session-store.ts';
import { readUsageSessions } from '../../../src/features/usage-sessions.ts';
import { cleanUp } from '../../../src/jobs/cleanup.ts';
import { systemRandom } from '../../../src/random.ts';
import { CATALOG } from '../plans.ts';
import type { Size } from './fill-tables.ts';

/** Someone or something that a hot query is about. */
export interface Subject {
  userId: string;
  deviceId: string;
  /** A live session, with its instance. */
  sessionId: string;
  instanceId: string;
}

/** Asks as the service does, by its own stores; what it answers is checked to be no empty question. */
export type HotQuery = (database: Database, subject: Subject) => Promise<unknown>;

const nothing = async (): Promise<void> => {};
/** The service has never been away. */
const alive: AliveMarks = { aliveUntil: (now) => now, mark: nothing, refresh: nothing, jump: nothing };
/** Keeps nothing: each question reaches the database. */
const accounts = createUserCache({ clock: systemClock, isCurrent: () => false, onRead() {}, onDrop() {} });
const deps = { clock: systemClock, alive, plans: CATALOG.plans, accounts };

async function accountOf(database: Database, { userId }: Subject) {
  const account = await findUser(database, userId);
  assert.ok(account, userId);
  return account;
}

/** Who is asked about: the `turn`th of many that are spread over all users and live sessions. */
export function subjectAt(turn: number, { users, streams }: Size): Subject {
  // Steps of a prime lead everywhere, and never twice to one place before that.
  const user = (turn * 7_919) % users;
  const live = (turn * 7_919) % streams;
  const sessionNumber = users * 10 + live;
  return {
    userId: `usr_${md5(String(user))}`,
    deviceId: `aut_${md5(`1 ${user}`)}`,
    sessionId: `ses_${sessionNumber.toString(16).padStart(12, '0')}${md5(`l${live}`).slice(0, 20)}`,
    instanceId: `i-live-${live}`,
  };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** What requests and the workers' runs ask, by what it is for. */
export const HOT_QUERIES: Readonly<Record<string, HotQuery>> = {
  'session check': async (database, { deviceId }) => {
    assert.ok(await findAuthSessionWithAccount(database, deviceId));
  },
  'account snapshot': async (database, subject) => {
    const snapshot = await readAccountSnapshot(deps, database, await accountOf(database, subject));
    assert.equal(snapshot.slots.length, 1);
  },
  'active session': (database, { userId }) => readActive({ ...deps, database }, userId, undefined),
  heartbeat: async (database, { sessionId, instanceId }) => {
    const now = systemClock.now();
    const heartbeat = { sessionId, instanceId, now, leaseExpiresAt: addSeconds(now, 3_600) };
    assert.ok(await createLeaseRenewal(database)(heartbeat));
  },
  'session by its id': async (database, { sessionId }) => {
    assert.ok(await findSession(database, sessionId));
  },
  'report of a relay': async (database, { sessionId, instanceId }) => {
    const now = systemClock.now();
    // Each is newer than the one before, as at a relay.
    const seen = {
      observedAt: now,
      ingestState: 'active',
      coveredUntil: addSeconds(now, 90),
      settlesGaps: true,
    } as const;
    const heartbeat = { sessionId, instanceId, now, leaseExpiresAt: addSeconds(now, 3_600), ...seen };
    assert.ok(await createLeaseRenewal(database)(heartbeat));
  },
  'stream slots': async (database, { userId }) => {
    assert.equal((await ensureSlots(database, systemRandom, userId, 1, systemClock.now())).length, 1);
  },
  manifest: (database) => readManifest(database),
  'usage page': async (database, subject) => {
    const account = await accountOf(database, subject);
    return readUsageSessions(deps, database, account, { limit: 20, position: null });
  },
  'idempotency key': (database, { userId }) =>
    findBoundKey(database, userId, 'startRelay', randomUUID(), addSeconds(systemClock.now(), -3_600)),
  'start: use of slots': (database, { userId }) => readSlotUse(database, userId, randomUUID()),
  'start: newest of connection': (database, { userId }) => findNewestOfConnection(database, userId, randomUUID()),
  'webhook, stored': async (database) => {
    const [body, receivedAt] = [randomBytes(32), systemClock.now()];
    const event = { id: `bev_${randomUUID()}`, digest: body, body, receivedAt };
    const ids = await database.transaction((trx) => insertEvents(trx, [event]));
    assert.equal(ids.length, 1);
  },
  'capacity figures': (database) => readLaunchFigures(database, ['us-east-1', 'eu-west-1'], systemClock.now()),
  'deadlines due': async (database) => {
    const now = systemClock.now();
    await database.transaction((trx) => lockDueSessions(trx, { now, aliveUntil: now }, 50));
  },
  'stalled meters': (database) => countStalledMeters(database, addSeconds(systemClock.now(), -300)),
  'placed sessions': async (database) => {
    assert.notEqual((await findPlacedSessions(database)).length, 0);
  },
  'stale instances': (database) => findStaleInstances(database, addSeconds(systemClock.now(), -60)),
  'plan deadlines': async (database) => {
    await database.transaction((trx) => lockUsersWithPlanDeadline(trx, systemClock.now(), 50));
  },
  'subscriptions due': (database) => claimDueSubscriptions(database, systemClock.now(), systemClock.now(), 50),
  'cleanup, nothing due': (database) => cleanUp(database, systemClock.now()),
};

/** Those of `HOT_QUERIES` that requests ask again and again; each is prepared. */
export const OFTEN_ASKED = [
  'session check',
  'account snapshot',
  'active session',
  'session by its id',
  'heartbeat',
  'report of a relay',
  'stream slots',
  'manifest',
];
