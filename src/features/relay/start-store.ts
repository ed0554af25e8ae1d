import type { Transaction } from '../../database/connect.ts';
import { type KeyBinding, keyInsert } from './idempotency-store.ts';
import type { RelaySession } from './session.ts';
import { type Actor, eventsInsert, type StoredTransition, stepInsert } from './session-history-store.ts';
import { sessionInsert } from './session-store.ts';

/** All that a start leaves behind. */
export interface StoredStart {
  session: RelaySession;
  event: StoredTransition;
  actor: Actor;
  key: KeyBinding;
}

/** Stores a new session with its first event and step and its key, in one way to the database. */
export async function storeStart(trx: Transaction, { session, event, actor, key }: StoredStart): Promise<void> {
  await trx
    .with('session', sessionInsert(trx, session))
    .with('event', eventsInsert(trx, session, [event], actor, key.now))
    .with('step', stepInsert(trx, session, session.provisionStep, key.now))
    .with('key', keyInsert(trx, key))
    .select(trx.raw('1'));
}
