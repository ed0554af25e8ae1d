import assert from 'node:assert/strict';
import type { Answer } from '../support/http.ts';
import { FACTOR } from '../support/property.ts';
import { type EventRow, eventsOf } from '../support/relay-calls.ts';
import type { TestApp } from '../support/test-app.ts';

/** How often each race is run, each time with a new user; `npm run test:long` multiplies it. */
export const ROUNDS = 20 * FACTOR;

/** Mocha's limit for the rounds of a race, in milliseconds. */
export const RACES_LIMIT_MS = 60_000 * FACTOR;

/** Runs `act` so many times at once. */
export function together<T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => act(index)));
}

/** How often each status was answered. */
export function countStatuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The different sessions that the answers are about. */
export function sessionIds(answers: readonly Answer[]): string[] {
  return [...new Set(answers.map(({ body }) => body.session.session_id as string))];
}

interface SessionRow {
  id: string;
  connection_id: string | null;
  status: string;
}

/**
 * Asserts what must hold of a user's rows after any race: at most one live session per connection, no more than the
 * plan allows, an unbroken chain of events behind each session, and keys that are bound to the user's own sessions.
 *
 * @param plan relays that the user's plan allows.
 * @returns how many sessions the user ever had.
 */
export async function assertInvariants(app: TestApp, userId: string, plan: number): Promise<number> {
  const sessions: SessionRow[] = await app.database('relay_sessions').where({ user_id: userId });
  const live = sessions.filter(({ status }) => status !== 'stopped');
  assert.equal(live.length <= plan, true, `${live.length} live sessions on a plan of ${plan}`);
  const connections = live.map(({ connection_id }) => connection_id);
  assert.equal(new Set(connections).size, connections.length, 'two live sessions of one connection');
  for (const session of sessions) assertChain(session, await eventsOf(app, session.id));
  const keys: { session_id: string }[] = await app.database('idempotency_keys').where({ user_id: userId });
  const ids = new Set(sessions.map(({ id }) => id));
  assert.deepEqual(
    keys.filter(({ session_id }) => !ids.has(session_id)),
    [],
  );
  return sessions.length;
}

/** Each event begins where the one before ended, and the last one leads to what the session is. */
function assertChain(session: SessionRow, events: readonly EventRow[]): void {
  let state: string | null = null;
  let at = 0;
  for (const event of events) {
    assert.equal(event.from_status, state, `${session.id}: ${JSON.stringify(events)}`);
    assert.equal(event.at.getTime() >= at, true, `${session.id} went back in time`);
    state = event.to_status;
    at = event.at.getTime();
  }
  assert.equal(state, session.status, `the events of ${session.id} lead elsewhere`);
}
