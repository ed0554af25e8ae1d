import assert from 'node:assert/strict';
import type { SessionStatus } from '../../src/features/relay/session.ts';
import {
  allowedTargets,
  InvalidTransitionError,
  isLegal,
  move,
  type TransitionCause,
} from '../../src/features/relay/session-machine.ts';
import { ACTIVATED_AT, after, relaySession } from '../support/relay-session.ts';

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

/** The machine as domain.md has it, one line for each edge and cause. */
const LEGAL = new Set([
  'provisioning > active by provisioned',
  'active > grace by lease_lapsed',
  'active > grace by ingest_lost',
  'grace > active by heartbeat',
  'grace > active by ingest_restored',
  'active > stopped by user_requested',
  'active > stopped by shutdown',
  'active > stopped by admin_forced',
  'active > stopped by error_recovery',
  'active > stopped by max_duration',
  'active > stopped by instance_lost',
  'grace > stopped by user_requested',
  'grace > stopped by shutdown',
  'grace > stopped by admin_forced',
  'grace > stopped by error_recovery',
  'grace > stopped by max_duration',
  'grace > stopped by instance_lost',
  'grace > stopped by grace_expired',
  'provisioning > stopped by stop_requested',
  'provisioning > stopped by provision_timeout',
  'provisioning > stopped by provision_failed',
  'provisioning > stopped by capacity_unavailable',
  'provisioning > stopped by instance_lost',
]);

describe('the session machine', () => {
  for (const from of STATES) {
    for (const to of STATES) {
      const legal = CAUSES.filter((cause) => LEGAL.has(`${from} > ${to} by ${cause}`));
      it(`lets ${from} become ${to} by ${legal.join(', ') || 'nothing'}`, () => {
        assert.deepEqual(
          CAUSES.filter((cause) => isLegal(from, to, cause)),
          legal,
        );
      });

      it(`moves a session from ${from} to ${to} by these causes only`, () => {
        for (const cause of CAUSES) {
          const go = () => move(relaySession(from), to, cause, after(ACTIVATED_AT, 1000));
          if (legal.includes(cause)) assert.equal(go().session.status, to);
          else assert.throws(go, { name: 'InvalidTransitionError', from, to });
        }
      });
    }
  }

  it('knows edges for every one of the listed causes', () => {
    const used = new Set([...LEGAL].map((line) => line.split(' by ')[1]));
    assert.deepEqual(CAUSES.filter((cause) => !used.has(cause)), []);
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
    move(session, 'stopped', 'user_requested', after(ACTIVATED_AT, 60));
    assert.throws(() => move(session, 'active', 'provisioned', after(ACTIVATED_AT, 60)), InvalidTransitionError);
    assert.deepEqual(session, copy);
  });
});
