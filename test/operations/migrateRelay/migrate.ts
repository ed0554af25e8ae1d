import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { type Answer, call } from '../../support/http.ts';
import { readSession } from '../../support/relay-calls.ts';
import type { TestApp } from '../../support/test-app.ts';

/** `POST /relay/migrate`. */
export function migrate(app: TestApp, token: string, body: Record<string, unknown>): Promise<Answer> {
  return call(app, 'POST', '/relay/migrate', { token, body });
}

/** Waits until the session's move is at that step, and answers the session. */
export function untilStep(app: TestApp, token: string, sessionId: string, step: string): Promise<Answer['body']> {
  return eventually(async () => {
    const session = await readSession(app, token, sessionId);
    assert.equal(session.migration?.step, step);
    return session;
  });
}
