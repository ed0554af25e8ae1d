import type { Transaction } from '../../database/connect.ts';
import type { MigrationStep, ProvisionStep, RelaySession } from './session.ts';
import type { Transition } from './session-machine.ts';

/** Who caused a transition, and by which request. */
export interface Actor {
  /** `user`, `relay`, `system` or `operator`. */
  name: string;
  requestId?: string;
}

/** A transition as it is stored: the first one of a session comes from nothing. */
export type StoredTransition = Omit<Transition, 'from' | 'cause'> & { from: string | null; cause: string };

/** To be run, or to be made part of another statement. */
export function eventsInsert(
  trx: Transaction,
  session: RelaySession,
  transitions: readonly StoredTransition[],
  actor: Actor,
  recordedAt: Date,
) {
  return trx('relay_session_events').insert(
    transitions.map((transition) => ({
      session_id: session.id,
      user_id: session.userId,
      from_status: transition.from,
      to_status: transition.to,
      cause: transition.cause,
      actor: actor.name,
      at: transition.at,
      recorded_at: recordedAt,
      request_id: actor.requestId ?? null,
    })),
  );
}

/**
 * Notes when a step of a launch or a move was reached; a step that is noted already keeps its time. To be run, or to be
 * made part of another statement.
 */
export function stepInsert(
  trx: Transaction,
  session: RelaySession,
  step: ProvisionStep | MigrationStep,
  reachedAt: Date,
) {
  return trx('relay_provision_steps')
    .insert({
      session_id: session.id,
      attempt: session.provisionAttempt,
      step,
      reached_at: reachedAt,
    })
    .onConflict()
    .ignore();
}
