import assert from 'node:assert/strict';
import { cleanUp } from '../../src/jobs/cleanup.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { plus } from '../support/relay-session.ts';
import {
  endedInstance,
  endedSession,
  expiredDevice,
  idempotencyKey,
  importedRow,
  liveSession,
  loginAttempt,
  outage,
  releasedAssignment,
  requestCount,
  runningInstance,
  type StoreRow,
  servingAssignment,
  settledWebhook,
  signedOutDevice,
  waitingWebhook,
} from './retention-rows.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const NOW = new Date('2026-11-20T12:00:00.000Z');

/** The retention table, written a second time: what, its moment, and how long it is kept behind that. */
const KEPT: [what: string, store: StoreRow, seconds: number][] = [
  ['a count of requests behind the end of its window', requestCount, HOUR],
  ['a login attempt behind its expiry', loginAttempt, DAY],
  ['an idempotency key behind its use', idempotencyKey, DAY],
  ['a signed-out device behind the sign-out', signedOutDevice, 30 * DAY],
  ['a device behind its expiry', expiredDevice, 30 * DAY],
  ['an ended instance', endedInstance, 90 * DAY],
  ['a place at a host behind its return', releasedAssignment, 90 * DAY],
  ['an ended session', endedSession, 400 * DAY],
  ['an outage', outage, 400 * DAY],
  ['a webhook that was worked on', settledWebhook, 400 * DAY],
];

/** What is never cleaned up, however old. */
const FOR_EVER: [what: string, store: StoreRow][] = [
  ['an instance that still runs', runningInstance],
  ['a place at a host that is taken', servingAssignment],
  ['a live session', liveSession],
  ['a webhook that waits for its work', waitingWebhook],
  ['the note that an import brought something in', importedRow],
];

describe('the cleanup job', () => {
  const lab = useRelayLab();
  let userId: string;

  before(async () => {
    userId = await lab().makeUser();
  });

  const db = () => lab().database;
  const isThere = async ({ table, where }: { table: string; where: object }) =>
    (await db()(table).where(where)).length === 1;

  for (const [what, store, seconds] of KEPT) {
    it(`keeps ${what} for ${seconds / HOUR} h, to the millisecond`, async () => {
      const young = await store(db(), userId, plus(NOW, -seconds));
      const old = await store(db(), userId, plus(NOW, -seconds - 0.001));
      const gone = await cleanUp(db(), NOW);
      assert.deepEqual([await isThere(young), await isThere(old)], [true, false]);
      assert.equal(gone[young.table], 1);
      const rest = Object.entries(gone).filter(([table]) => table !== young.table);
      assert.deepEqual(new Set(rest.map(([, count]) => count)), new Set([0]));
    });
  }

  for (const [what, store] of FOR_EVER) {
    it(`keeps ${what} for ever`, async () => {
      const row = await store(db(), userId, plus(NOW, -5_000 * DAY));
      await cleanUp(db(), NOW);
      assert.equal(await isThere(row), true);
    });
  }

  it("takes a deleted user's places as soon as they are given back", async () => {
    const nobody = null as unknown as string;
    const given = await releasedAssignment(db(), nobody, plus(NOW, -0.001));
    const taken = await servingAssignment(db(), nobody, plus(NOW, -DAY));
    await cleanUp(db(), NOW);
    assert.deepEqual([await isThere(given), await isThere(taken)], [false, true]);
  });

  it('keeps users and their slots', async () => {
    await db()('users')
      .where({ id: userId })
      .update({ created_at: plus(NOW, -5_000 * DAY) });
    await lab().start(userId);
    await cleanUp(db(), NOW);
    assert.equal((await db()('users').where({ id: userId })).length, 1);
    assert.equal((await db()('stream_slots').where({ user_id: userId })).length, 3);
  });

  it('takes events, steps, intervals and keys along with their session, and those of no other one', async () => {
    const old = await endedSession(db(), userId, plus(NOW, -401 * DAY));
    const young = await endedSession(db(), userId, plus(NOW, -1 * DAY));
    const counts: number[][] = [];
    for (const { where } of [old, young]) await storeDependents((where as { id: string }).id);
    await cleanUp(db(), NOW);
    for (const { where } of [old, young]) counts.push(await countDependents((where as { id: string }).id));
    assert.deepEqual(counts, [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
  });

  it('gets through more than one batch', async () => {
    const rows = Array.from({ length: 1_001 }, (_, index) => ({
      role: 'api',
      started_at: plus(NOW, -500 * DAY - index - 1),
      ended_at: plus(NOW, -500 * DAY - index),
    }));
    await db()('outages').insert(rows);
    assert.equal((await cleanUp(db(), NOW)).outages, 1_001);
  });

  it('steps around a row that is in use, and takes it the next time', async () => {
    const row = await loginAttempt(db(), userId, plus(NOW, -2 * DAY));
    await db().transaction(async (trx) => {
      await trx(row.table).where(row.where).forUpdate();
      assert.equal((await cleanUp(db(), NOW)).plugin_login_attempts, 0);
    });
    assert.equal((await cleanUp(db(), NOW)).plugin_login_attempts, 1);
  });

  async function storeDependents(session_id: string): Promise<void> {
    const at = NOW;
    const event = { user_id: userId, to_status: 'active', cause: 'provisioned', actor: 'system', recorded_at: at };
    await db()('relay_session_events').insert({ session_id, at, ...event });
    await db()('relay_provision_steps').insert({ session_id, attempt: 1, step: 'ready', reached_at: at });
    await db()('usage_intervals').insert({ session_id, seq: 1, user_id: userId, started_at: at, ended_at: at });
    const key = { user_id: userId, operation: 'startRelay', key: crypto.randomUUID(), fingerprint: 'f' };
    await db()('idempotency_keys').insert({ session_id, created_at: at, ...key });
  }

  async function countDependents(session_id: string): Promise<number[]> {
    const counts: number[] = [];
    for (const table of ['relay_session_events', 'relay_provision_steps', 'usage_intervals', 'idempotency_keys']) {
      counts.push((await db()(table).where({ session_id })).length);
    }
    return counts;
  }
});
