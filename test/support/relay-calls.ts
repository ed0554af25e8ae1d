import assert from 'node:assert/strict';
import type { RelayFaults } from '../../src/features/relay/providers/local/index.ts';
import { eventually } from './eventually.ts';
import { start } from './factories.ts';
import { type Answer, call } from './http.ts';
import { TEST_SECRETS, type TestApp } from './test-app.ts';

/** A stored transition of a session. */
export interface EventRow {
  from_status: string | null;
  to_status: string;
  cause: string;
  actor: string;
  at: Date;
  request_id: string | null;
}

/** The transitions of a session, in the order in which they were stored. */
export function eventsOf(app: TestApp, sessionId: string): Promise<EventRow[]> {
  return app.database('relay_session_events').where({ session_id: sessionId }).orderBy('id');
}

/** An error's body without the request's id, to be compared with another one. */
function errorOf({ body }: Answer): Record<string, unknown> {
  const { request_id: _differs, ...error } = body.error;
  return error;
}

/** Asserts an error and answers what its body says apart from the request's id. */
export function assertError(answer: Answer, status: number, code: string): Record<string, unknown> {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.error.code, code);
  return errorOf(answer);
}

/** The paths of the faults that a 400 lists, sorted. */
export function faultPaths(answer: Answer): string[] {
  assertError(answer, 400, 'invalid_request');
  return answer.body.error.details.errors.map((fault: { path: string }) => fault.path).sort();
}

/** One session, by its id. */
export async function readSession(app: TestApp, token: string, sessionId: string): Promise<Answer['body']> {
  const answer = await call(app, 'GET', `/relay/sessions/${sessionId}`, { token });
  assert.equal(answer.status, 200, answer.text);
  return answer.body.session;
}

/** `POST /relay/stop`. */
export function stop(app: TestApp, token: string, body: Record<string, unknown>): Promise<Answer> {
  return call(app, 'POST', '/relay/stop', { token, body });
}

/** The owner's heartbeat for a session. */
export function heartbeat(
  app: TestApp,
  token: string,
  session: { session_id: string; instance_id: string },
): Promise<Answer> {
  const { session_id, instance_id } = session;
  return call(app, 'POST', '/relay/health', { token, body: { session_id, instance_id } });
}

/** A relay's report; with the shared key unless another one is given. */
export function report(
  app: TestApp,
  session: { session_id: string; instance_id: string },
  figures: Record<string, unknown> = {},
  key: string = TEST_SECRETS.RELAY_SHARED_KEY,
): Promise<Answer> {
  const { session_id, instance_id } = session;
  const body = { session_id, instance_id, ...figures };
  return call(app, 'POST', '/relay/health', { body, headers: { 'X-Relay-Auth': key } });
}

/** Sets faults of the relays before each test of the surrounding `describe` and clears all of them behind it. */
export function useFaults(app: () => TestApp, faults: RelayFaults = {}): void {
  beforeEach(async () => {
    await app().provider.faults.set(faults);
  });
  afterEach(async () => {
    await app().provider.faults.reset();
  });
}

/**
 * Starts a relay whose launch stays at a step, and waits until it is there: the session as it is then. The launch goes
 * on once the fault `hold_step` is cleared.
 */
export async function startHeld(
  app: TestApp,
  token: string,
  body: Record<string, unknown> = {},
  step: RelayFaults['hold_step'] = 'starting_docker',
): Promise<Answer['body']> {
  await app.provider.faults.set({ hold_step: step });
  const started = await start(app, token, body);
  assert.equal(started.status, 201, started.text);
  return eventually(async () => {
    const session = await readSession(app, token, started.body.session.session_id);
    assert.equal(session.provision_step, step);
    return session;
  });
}

/** Waits until so many long polls are held open. */
export async function untilWaiting(app: TestApp, polls: number): Promise<void> {
  await eventually(async () => {
    const metrics = await (await fetch(`${app.adminUrl}/metrics`)).text();
    assert.equal(/^telemy_waiting_polls (\d+)$/m.exec(metrics)?.[1], String(polls));
  });
}
