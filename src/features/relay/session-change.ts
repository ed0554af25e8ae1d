import { later } from '../../clock.ts';
import type { UsageInterval } from '../usage/index.ts';
import { dueDeadline, type Horizon } from './deadlines.ts';
import { coverIngest } from './metering.ts';
import type { RelaySession, SessionFailure, SessionStatus } from './session.ts';
import { move, type Transition, type TransitionCause } from './session-machine.ts';

/** What happened to a session since it was read: to be shown as it is, or stored as a whole. */
export interface SessionChange {
  before: RelaySession;
  after: RelaySession;
  transitions: readonly Transition[];
  /** Billable intervals that were closed. */
  intervals: readonly UsageInterval[];
}

/** Nothing has happened yet. */
export function unchanged(session: RelaySession): SessionChange {
  return { before: session, after: session, transitions: [], intervals: [] };
}

/** Adds one transition. @throws InvalidTransitionError */
export function withMove(
  change: SessionChange,
  to: SessionStatus,
  cause: TransitionCause,
  at: Date,
  failure: SessionFailure | null = null,
): SessionChange {
  const moved = move(change.after, to, cause, at, failure);
  return {
    before: change.before,
    after: moved.session,
    transitions: [...change.transitions, moved.transition],
    intervals: moved.interval ? [...change.intervals, moved.interval] : change.intervals,
  };
}

/** Adds changed fields that a client doesn't see (leases, wishes): the version stays. */
export function withFields(change: SessionChange, fields: Partial<RelaySession>): SessionChange {
  return { ...change, after: { ...change.after, ...fields } };
}

/**
 * Adds changed fields that a client sees (steps, addresses): the version rises.
 *
 * @param at when they changed; the session's last change instead, if the clock that was read is behind that.
 */
export function withVisibleFields(change: SessionChange, fields: Partial<RelaySession>, at: Date): SessionChange {
  const { version, updatedAt } = change.after;
  return withFields(change, { ...fields, version: version + 1, updatedAt: later(at, updatedAt) });
}

/** Adds a trusted relay's word, at `now`, that a stream comes in; the session is active. */
export function withIngestReported(change: SessionChange, now: Date): SessionChange {
  const { fields, interval } = coverIngest(change.after, now);
  const metered = withFields(change, fields);
  return interval ? { ...metered, intervals: [...change.intervals, interval] } : metered;
}

/** Brings a session up to the present: every deadline that has passed takes effect at its own time. */
export function settle(session: RelaySession, horizon: Horizon): SessionChange {
  return settleChange(unchanged(session), horizon);
}

/** The same for a change that is under way. */
export function settleChange(change: SessionChange, horizon: Horizon): SessionChange {
  const deadline = dueDeadline(change.after, horizon);
  if (!deadline) return change;
  const { to, cause, at, failure } = deadline;
  return settleChange(withMove(change, to, cause, at, failure ?? null), horizon);
}
