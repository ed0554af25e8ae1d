import assert from 'node:assert/strict';
import { reportAsRelay } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import type { TestApp } from '../../support/test-app.ts';

/** Shorter than a lease, in seconds. */
const HEARTBEAT_SECONDS = 240;

/** `GET /usage/current`, which must succeed. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look into it.
export async function readUsage(app: TestApp, token: string): Promise<any> {
  const { status, body, text } = await call(app, 'GET', '/usage/current', { token });
  assert.equal(status, 200, text);
  return body;
}

/** Lets the time pass with the relay heard all along, so that its session stays active. */
export async function keepActive(
  app: TestApp,
  session: { session_id: string; instance_id: string },
  seconds: number,
): Promise<void> {
  const { session_id, instance_id } = session;
  for (let left = seconds; left > 0; left -= HEARTBEAT_SECONDS) {
    await app.advanceClock(Math.min(left, HEARTBEAT_SECONDS));
    const { status, body } = await reportAsRelay(app, { session_id, instance_id });
    assert.deepEqual([status, body.status], [200, 'active']);
  }
}

/**
 * What the event rows of a session imply, in seconds: the time from each entry into `active` to the next event, bounds cut
 * to whole seconds; what is still open counts up to `until`.
 */
export async function secondsByEvents(app: TestApp, sessionId: string, until: Date): Promise<number> {
  const events = await app
    .database('relay_session_events')
    .where({ session_id: sessionId })
    .orderBy('id')
    .select<{ to_status: string; at: Date }[]>('to_status', 'at');
  const second = (at: Date) => Math.floor(at.getTime() / 1000);
  return events.reduce((sum, { to_status, at }, index) => {
    if (to_status !== 'active') return sum;
    return sum + second(events[index + 1]?.at ?? until) - second(at);
  }, 0);
}

/** Moves the clock to that moment. */
export async function advanceTo(app: TestApp, moment: Date): Promise<void> {
  await app.advanceClock((moment.getTime() - app.clock.now().getTime()) / 1000);
}
