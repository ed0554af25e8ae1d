import assert from 'node:assert/strict';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { settle } from '../../src/features/relay/session-change.ts';
import { ACTIVATED_AT, CREATED_AT, plus, relaySession } from '../support/relay-session.ts';

/** Seconds behind the activation (the creation for a launch) at which a transition is expected. */
type Expected = [from: string, to: string, cause: string, seconds: number];

const CASES: { name: string; session: RelaySession; now: number; alive?: number; expected: Expected[] }[] = [
  { name: 'a fresh lease holds', session: relaySession('active'), now: 299.999, expected: [] },
  {
    name: 'a lease lapses at its very moment',
    session: relaySession('active'),
    now: 300,
    expected: [['active', 'grace', 'lease_lapsed', 300]],
  },
  {
    name: 'a lapse that is noticed late has the time of the deadline',
    session: relaySession('active'),
    now: 899.999,
    expected: [['active', 'grace', 'lease_lapsed', 300]],
  },
  {
    name: 'lease and grace pass one behind the other, each at its own time',
    session: relaySession('active'),
    now: 100_000,
    expected: [
      ['active', 'grace', 'lease_lapsed', 300],
      ['grace', 'stopped', 'grace_expired', 900],
    ],
  },
  {
    name: 'grace ends 600 s after it began',
    session: relaySession('grace'),
    now: 900,
    expected: [['grace', 'stopped', 'grace_expired', 900]],
  },
  { name: 'grace holds until then', session: relaySession('grace'), now: 899.999, expected: [] },
  {
    name: 'the cap stops a session that is kept alive',
    session: relaySession('active', { leaseExpiresAt: plus(ACTIVATED_AT, 57_800) }),
    now: 57_600,
    expected: [['active', 'stopped', 'max_duration', 57_600]],
  },
  {
    name: 'the cap holds until then',
    session: relaySession('active', { leaseExpiresAt: plus(ACTIVATED_AT, 57_800) }),
    now: 57_599.999,
    expected: [],
  },
  {
    name: 'a lapse before the cap comes first, and the cap ends the grace',
    session: relaySession('active', { leaseExpiresAt: plus(ACTIVATED_AT, 57_500) }),
    now: 60_000,
    expected: [
      ['active', 'grace', 'lease_lapsed', 57_500],
      ['grace', 'stopped', 'max_duration', 57_600],
    ],
  },
  {
    name: 'of lease and cap at one moment the cap counts',
    session: relaySession('active', { leaseExpiresAt: plus(ACTIVATED_AT, 57_600) }),
    now: 57_600,
    expected: [['active', 'stopped', 'max_duration', 57_600]],
  },
  {
    name: 'of grace and cap at one moment the cap counts',
    session: relaySession('grace', { graceExpiresAt: plus(ACTIVATED_AT, 57_600) }),
    now: 57_600,
    expected: [['grace', 'stopped', 'max_duration', 57_600]],
  },
  {
    name: 'a lease that lapsed while we were away waits',
    session: relaySession('active'),
    now: 50_000,
    alive: 299.999,
    expected: [],
  },
  {
    name: 'a lease that lapsed at our last mark counts',
    session: relaySession('active'),
    now: 50_000,
    alive: 300,
    expected: [['active', 'grace', 'lease_lapsed', 300]],
  },
  {
    name: 'a grace that ended while we were away waits',
    session: relaySession('grace'),
    now: 50_000,
    alive: 899,
    expected: [],
  },
  {
    name: 'a lease that lapsed before we went away still begins its grace, which then waits',
    session: relaySession('active'),
    now: 50_000,
    alive: 899,
    expected: [['active', 'grace', 'lease_lapsed', 300]],
  },
  {
    name: 'the cap of an active session does not wait for us',
    session: relaySession('active'),
    now: 57_600,
    alive: 0,
    expected: [['active', 'stopped', 'max_duration', 57_600]],
  },
  {
    name: 'the cap of a session in grace does not wait for us',
    session: relaySession('grace'),
    now: 60_000,
    alive: 0,
    expected: [['grace', 'stopped', 'max_duration', 57_600]],
  },
  {
    name: 'a mark from the future lets nothing happen before its time',
    session: relaySession('active'),
    now: 299,
    alive: 10_000,
    expected: [],
  },
  { name: 'nothing happens to a stopped session', session: relaySession('stopped'), now: 1_000_000, expected: [] },
];

describe('settling a session', () => {
  for (const { name, session, now, alive = now, expected } of CASES) {
    it(name, () => {
      const change = settle(session, { now: plus(ACTIVATED_AT, now), aliveUntil: plus(ACTIVATED_AT, alive) });
      assert.deepEqual(
        change.transitions.map(({ from, to, cause, at }) => [from, to, cause, secondsAfter(ACTIVATED_AT, at)]),
        expected,
      );
      assert.equal(change.after.status, expected.at(-1)?.[1] ?? session.status);
      assert.equal(change.after.version, session.version + expected.length);
      assert.equal(change.before, session);
      assert.deepEqual(change.after.failure, session.failure);
    });
  }

  it('bills up to the lapse, not up to the moment at which it is noticed', () => {
    const { intervals, after: settled } = settle(relaySession('active'), horizon(100_000));
    assert.deepEqual(intervals, [
      { startedAt: new Date('2026-03-01T10:00:20Z'), endedAt: new Date('2026-03-01T10:05:20Z') },
    ]);
    assert.equal(settled.billedSeconds, 300);
  });

  it('is done once: what is settled does not change again', () => {
    const once = settle(relaySession('active'), horizon(700)).after;
    const again = settle(once, horizon(700));
    assert.equal(again.after, once);
    assert.deepEqual(again.transitions, []);
  });
});

describe('settling a launch', () => {
  const launch = relaySession('provisioning');
  const at = (seconds: number) => ({ now: plus(CREATED_AT, seconds), aliveUntil: plus(CREATED_AT, -10_000) });

  it('lets it take 180 s', () => {
    assert.equal(settle(launch, at(179.999)).after, launch);
  });

  for (const seconds of [180, 5_000]) {
    it(`fails it at 180 s when that is noticed after ${seconds} s, whether or not we were there`, () => {
      const { transitions, after: settled, intervals } = settle(launch, at(seconds));
      assert.deepEqual(transitions, [
        { from: 'provisioning', to: 'stopped', cause: 'provision_timeout', at: plus(CREATED_AT, 180) },
      ]);
      assert.equal(settled.failure?.code, 'provision_timeout');
      assert.deepEqual(settled.stoppedAt, plus(CREATED_AT, 180));
      assert.deepEqual(intervals, []);
    });
  }
});

function horizon(seconds: number) {
  return { now: plus(ACTIVATED_AT, seconds), aliveUntil: plus(ACTIVATED_AT, seconds) };
}

function secondsAfter(from: string, at: Date): number {
  return (at.getTime() - Date.parse(from)) / 1000;
}
