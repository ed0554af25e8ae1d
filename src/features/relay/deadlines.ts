import { earlier } from '../../clock.ts';
import type { RelaySession, SessionFailure, SessionStatus } from './session.ts';
import type { TransitionCause } from './session-machine.ts';

/** A transition that time alone brings about. */
export interface Deadline {
  at: Date;
  to: SessionStatus;
  cause: TransitionCause;
  failure?: SessionFailure;
}

/** The moments up to which deadlines may act. */
export interface Horizon {
  now: Date;
  /**
   * When the API was last known to be alive. Lease and grace deadlines after it wait: nobody could have sent a
   * heartbeat, and an outage of ours kills no stream.
   */
  aliveUntil: Date;
}

/** The session's next deadline that has passed, or null. */
export function dueDeadline(session: RelaySession, { now, aliveUntil }: Horizon): Deadline | null {
  const patience = earlier(now, aliveUntil);
  switch (session.status) {
    case 'provisioning':
      return passed(session.provisionExpiresAt, now)
        ? {
            at: session.provisionExpiresAt,
            to: 'stopped',
            cause: 'provision_timeout',
            failure: { code: 'provision_timeout', message: 'The relay did not come up in time.' },
          }
        : null;
    case 'active':
      return firstOf(
        passed(session.capExpiresAt, now) && { at: session.capExpiresAt, to: 'stopped', cause: 'max_duration' },
        passed(session.leaseExpiresAt, patience) && { at: session.leaseExpiresAt, to: 'grace', cause: 'lease_lapsed' },
      );
    case 'grace':
      return firstOf(
        passed(session.capExpiresAt, now) && { at: session.capExpiresAt, to: 'stopped', cause: 'max_duration' },
        passed(session.graceExpiresAt, patience) && {
          at: session.graceExpiresAt,
          to: 'stopped',
          cause: 'grace_expired',
        },
      );
    case 'stopped':
      return null;
  }
}

function passed(deadline: Date | null, now: Date): boolean {
  return deadline !== null && deadline.getTime() <= now.getTime();
}

/** The earlier one; of two at the same moment the first. */
function firstOf(
  first: false | { at: Date | null; to: SessionStatus; cause: TransitionCause },
  second: false | { at: Date | null; to: SessionStatus; cause: TransitionCause },
): Deadline | null {
  if (!first || !second) return (first || second || null) as Deadline | null;
  return ((second.at as Date) < (first.at as Date) ? second : first) as Deadline;
}
