import assert from 'node:assert/strict';
import { addSeconds } from '../../src/clock.ts';
import { createLeaseRenewal, type Heartbeat, type LeaseRenewal } from '../../src/features/relay/heartbeat-store.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { findSession } from '../../src/features/relay/session-store.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { storeSession } from '../support/stored-sessions.ts';

const MANY = 30;

describe('heartbeats that come at the same time', () => {
  const lab = useRelayLab({ metering: 'ingest' });
  let userId: string;
  let renew: LeaseRenewal;
  let sessions: RelaySession[];

  beforeEach(async () => {
    await lab().database('relay_sessions').delete();
    userId = await lab().makeUser();
    renew = createLeaseRenewal(lab().database);
    sessions = [];
    for (let n = 0; n < MANY; n += 1) sessions.push(await store({}));
  });

  const store = (values: Partial<RelaySession>) =>
    storeSession(lab().database, lab().clock.now(), userId, 'active', {
      metering: 'session',
      connectionId: crypto.randomUUID(),
      ...values,
    });
  const beat = (session: RelaySession, more: Partial<Heartbeat> = {}): Heartbeat => {
    const now = lab().clock.now();
    const { id: sessionId, instanceId } = session;
    return { sessionId, instanceId: String(instanceId), now, leaseExpiresAt: addSeconds(now, 1_000), ...more };
  };
  const leaseOf = async ({ id }: RelaySession) => (await findSession(lab().database, id))?.leaseExpiresAt;

  it('each get what is theirs, and the rest is written with one statement', async () => {
    const statements = await countStatements(() =>
      Promise.all(
        sessions.map(async (session, n) => {
          const lease = addSeconds(lab().clock.now(), 100 + n);
          const renewed = await renew(beat(session, { leaseExpiresAt: lease, userId }));
          assert.deepEqual(renewed, { userId, status: 'active', leaseExpiresAt: lease });
          assert.deepEqual(await leaseOf(session), lease);
        }),
      ),
    );
    assert.equal(statements, 2);
  });

  it('are looked at one by one: what is wrong with one changes nothing of the others', async () => {
    const now = lab().clock.now();
    const [first, other, unfed, newer, gaps, good, ...rest] = sessions as [
      RelaySession,
      RelaySession,
      RelaySession,
      RelaySession,
      RelaySession,
      RelaySession,
      ...RelaySession[],
    ];
    const ingest = {
      metering: 'ingest',
      meteredSince: addSeconds(now, -60),
      meteredUntil: addSeconds(now, 60),
    } as const;
    const gone = await store({ ...ingest, meteredUntil: addSeconds(now, -1) });
    const fed = await store({ ...ingest, ingestState: 'active' });
    await lab().database('relay_sessions').where({ id: newer.id }).update({ last_observed_at: now });
    await lab().database('relay_sessions').where({ id: gaps.id }).update({ lease_expires_at: now });
    const coveredUntil = addSeconds(now, 500);
    const results = await Promise.all(
      [
        beat(rest[0] as RelaySession),
        beat(first, { instanceId: 'i-other' }),
        beat(other, { userId: 'usr_other' }),
        beat(unfed, { ingestState: 'active' }),
        beat(newer, { observedAt: now }),
        beat(gaps),
        beat(gone, { coveredUntil }),
        beat({ ...good, id: 'ses_unknown' }),
        beat(fed, { coveredUntil, ingestState: 'active', observedAt: now, settlesGaps: true }),
        beat(good, { coveredUntil }),
      ].map(renew),
    );
    assert.deepEqual(
      results.map((renewed) => renewed !== null),
      [true, false, false, false, false, false, false, false, true, true],
    );
    const stored = await findSession(lab().database, fed.id);
    assert.deepEqual([stored?.meteredUntil, stored?.lastObservedAt], [coveredUntil, now]);
    assert.equal((await findSession(lab().database, good.id))?.meteredUntil, null);
    for (const untouched of [first, other, unfed, gone]) {
      assert.deepEqual(await leaseOf(untouched), untouched.leaseExpiresAt);
    }
  });

  it('do not wait for a session that somebody else is changing', async () => {
    const [held, ...others] = sessions as [RelaySession, ...RelaySession[]];
    await lab().database.transaction(async (trx) => {
      await trx('relay_sessions').where({ id: held.id }).forUpdate();
      const [first, ...rest] = await Promise.all([held, ...others].map((session) => renew(beat(session))));
      assert.equal(first, null);
      assert.ok(rest.every((renewed) => renewed !== null));
    });
  });

  it('of one session take effect at least once', async () => {
    const [session, another] = sessions as [RelaySession, RelaySession];
    const results = await Promise.all([another, session, session, session].map((one) => renew(beat(one))));
    assert.ok(results.slice(1).some((renewed) => renewed !== null));
    assert.deepEqual(await leaseOf(session), addSeconds(lab().clock.now(), 1_000));
  });

  it('all fail with the statement, and the next ones do not', async () => {
    const broken = sessions.map((session) => renew(beat(session, { instanceId: 'i-\u0000' })));
    const outcomes = await Promise.allSettled(broken);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    assert.ok(await renew(beat(sessions[0] as RelaySession)));
  });

  /** Statements that renew leases during some work. */
  async function countStatements(work: () => Promise<unknown>): Promise<number> {
    let count = 0;
    const onQuery = ({ sql }: { sql: string }) => {
      if (sql.includes('for no key update skip locked')) count += 1;
    };
    lab().database.on('query', onQuery);
    await work();
    lab().database.off('query', onQuery);
    return count;
  }
});
