import assert from 'node:assert/strict';
import type { RelaySession, SessionStatus } from '../../src/features/relay/session.ts';
import { unchanged, withVisibleFields } from '../../src/features/relay/session-change.ts';
import { move, type TransitionCause } from '../../src/features/relay/session-machine.ts';
import { ACTIVATED_AT, CREATED_AT, plus, relaySession } from '../support/relay-session.ts';

/** What each transition does to a session, beside state, version and times that all of them set. */
const EFFECTS: {
  name: string;
  session: RelaySession;
  to: SessionStatus;
  cause: TransitionCause;
  at: Date;
  sets: Partial<RelaySession>;
  bills: { startedAt: Date; endedAt: Date } | null;
}[] = [
  {
    name: 'activation starts the lease, the cap and the bill',
    session: relaySession('provisioning', { stopRequestedAt: plus(CREATED_AT, 5) }),
    to: 'active',
    cause: 'provisioned',
    at: plus(CREATED_AT, 20),
    sets: {
      activatedAt: plus(CREATED_AT, 20),
      activeSince: plus(CREATED_AT, 20),
      meteredSince: plus(CREATED_AT, 20),
      leaseExpiresAt: plus(CREATED_AT, 320),
      capExpiresAt: plus(CREATED_AT, 57_620),
      stopRequestedAt: null,
    },
    bills: null,
  },
  {
    name: 'a lapsed lease starts 600 s of grace and ends the bill',
    session: relaySession('active'),
    to: 'grace',
    cause: 'lease_lapsed',
    at: plus(ACTIVATED_AT, 300),
    sets: {
      activeSince: null,
      meteredSince: null,
      leaseExpiresAt: null,
      billedSeconds: 300,
      graceStartedAt: plus(ACTIVATED_AT, 300),
      graceExpiresAt: plus(ACTIVATED_AT, 900),
    },
    bills: { startedAt: new Date('2026-03-01T10:00:20Z'), endedAt: new Date('2026-03-01T10:05:20Z') },
  },
  {
    name: 'a return from grace starts a new lease and a new interval, and keeps the first activation and its cap',
    session: relaySession('grace'),
    to: 'active',
    cause: 'heartbeat',
    at: plus(ACTIVATED_AT, 400),
    sets: {
      activeSince: plus(ACTIVATED_AT, 400),
      meteredSince: plus(ACTIVATED_AT, 400),
      leaseExpiresAt: plus(ACTIVATED_AT, 700),
      graceStartedAt: null,
      graceExpiresAt: null,
    },
    bills: null,
  },
  {
    name: 'a stop out of grace bills nothing more',
    session: relaySession('grace'),
    to: 'stopped',
    cause: 'grace_expired',
    at: plus(ACTIVATED_AT, 900),
    sets: {
      stoppedAt: plus(ACTIVATED_AT, 900),
      stopCause: 'grace_expired',
      graceStartedAt: null,
      graceExpiresAt: null,
    },
    bills: null,
  },
  {
    name: 'a stop while active cuts both bounds of the bill to whole seconds',
    session: relaySession('active', { meteredSince: new Date('2026-03-01T10:00:20.999Z') }),
    to: 'stopped',
    cause: 'user_requested',
    at: new Date('2026-03-01T10:00:22.001Z'),
    sets: {
      activeSince: null,
      meteredSince: null,
      leaseExpiresAt: null,
      billedSeconds: 2,
      stoppedAt: new Date('2026-03-01T10:00:22.001Z'),
      stopCause: 'user_requested',
    },
    bills: { startedAt: new Date('2026-03-01T10:00:20Z'), endedAt: new Date('2026-03-01T10:00:22Z') },
  },
  {
    name: 'a stop that was wished for during the launch is no failure and costs nothing',
    session: relaySession('provisioning', { stopRequestedAt: plus(CREATED_AT, 5), stopReason: 'user_requested' }),
    to: 'stopped',
    cause: 'stop_requested',
    at: plus(CREATED_AT, 6),
    sets: { stopRequestedAt: null, stoppedAt: plus(CREATED_AT, 6), stopCause: 'stop_requested', failure: null },
    bills: null,
  },
];

describe('a transition of a session', () => {
  for (const { name, session, to, cause, at, sets, bills } of EFFECTS) {
    it(name, () => {
      const moved = move(session, to, cause, at);
      const common = { status: to, version: session.version + 1, updatedAt: at };
      assert.deepEqual(moved.session, { ...session, ...common, ...sets });
      assert.deepEqual(moved.transition, { from: session.status, to, cause, at });
      assert.deepEqual(moved.interval, bills);
    });
  }

  it('never lies before the last one, though a clock may be behind', () => {
    const late = relaySession('active');
    const moved = move(late, 'stopped', 'user_requested', plus(ACTIVATED_AT, -3));
    assert.deepEqual(moved.transition.at, new Date(ACTIVATED_AT));
    assert.deepEqual(moved.session.stoppedAt, new Date(ACTIVATED_AT));
    assert.equal(moved.session.billedSeconds, 0);
  });

  it('never lies before a visible change, nor such a change before a transition, though a clock may be behind', () => {
    const { change, at } = { change: unchanged(relaySession('active')), at: plus(ACTIVATED_AT, -4) };
    const changed = withVisibleFields(change, { publicIp: '192.0.2.77' }, at);
    assert.deepEqual(changed.after.updatedAt, new Date(ACTIVATED_AT));
    assert.equal(changed.after.version, change.after.version + 1);
    const { after } = withVisibleFields(changed, { publicIp: '192.0.2.78' }, plus(ACTIVATED_AT, 4));
    assert.deepEqual(after.updatedAt, plus(ACTIVATED_AT, 4));
    assert.deepEqual(move(after, 'grace', 'lease_lapsed', plus(ACTIVATED_AT, 3)).transition.at, plus(ACTIVATED_AT, 4));
  });

  it('carries the failure that it was given', () => {
    const failure = { code: 'provision_failed', message: 'The provider refused.' } as const;
    const moved = move(relaySession('provisioning'), 'stopped', 'provision_failed', plus(CREATED_AT, 3), failure);
    assert.deepEqual(moved.session.failure, failure);
  });
});
