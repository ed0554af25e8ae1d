import assert from 'node:assert/strict';
import type { SessionStatus } from '../../src/features/relay/session.ts';
import {
  allowedTargets,
  InvalidTransitionError,
  isLegal,
  move,
  type TransitionCause,
} from '../../src/features/relay/session-machine.ts';
import { LEGAL_TRANSITIONS } from '../support/legal-transitions.ts';
import { ACTIVATED_AT, plus, relaySession } from '../support/relay-session.ts';

const STATES: SessionStatus[] = ['provisioning', 'active', 'grace', 'stopped'];

const CAUSES: TransitionCause[] = [
  'provisioned',
  'lease_lapsed',
  'ingest_lost',
  'heartbeat',
  'ingest_restored',
  'user_requested',
  'shutdown',
  'admin_forced',
  'error_recovery',
  'max_duration',
  'grace_expired',
  'instance_lost',
  'stop_requested',
  'provision_timeout',
  'provision_failed',
  'capacity_unavailable',
];

describe('the session machine', () => {
  for (const from of STATES) {
    for (const to of STATES) {
      const legal = CAUSES.filter((cause) => LEGAL_TRANSITIONS.has(`${from} > ${to} by ${cause}`));
      it(`lets ${from} become ${to} by ${legal.join(', ') || 'nothing'}`, () => {
        assert.deepEqual(
          CAUSES.filter((cause) => isLegal(from, to, cause)),
          legal,
        );
      });

      it(`moves a session from ${from} to ${to} by these causes only`, () => {
        for (const cause of CAUSES) {
          const go = () => move(relaySession(from), to, cause, plus(ACTIVATED_AT, 1000));
          if (legal.includes(cause)) assert.equal(go().session.status, to);
          else assert.throws(go, { name: 'InvalidTransitionError', from, to });
        }
      });
    }
  }

  it('knows edges for every one of the listed causes', () => {
    const used = new Set([...LEGAL_TRANSITIONS].map((line) => line.split(' by ')[1]));
    assert.deepEqual(
      CAUSES.filter((cause) => !used.has(cause)),
      [],
    );
  });

  it('tells callers the transitions that they can cause or see, and not the one of the system', () => {
    assert.deepEqual(Object.fromEntries(STATES.map((from) => [from, allowedTargets(from)])), {
      provisioning: ['active'],
      active: ['grace', 'stopped'],
      grace: ['active', 'stopped'],
      stopped: [],
    });
  });

  it('leaves the session that it was given as it is', () => {
    const session = relaySession('active');
    const copy = structuredClone(session);
    move(session, 'stopped', 'user_requested', plus(ACTIVATED_AT, 60));
    assert.throws(() => move(session, 'active', 'provisioned', plus(ACTIVATED_AT, 60)), InvalidTransitionError);
    assert.deepEqual(session, copy);
  });
});
