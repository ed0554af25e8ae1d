import assert from 'node:assert/strict';
import { signIn, signInNewUser, startActive, waitForStatus } from '../support/factories.ts';
import { type Answer, call } from '../support/http.ts';
import { assertError, readSession, report, startHeld, stop, useFaults } from '../support/relay-calls.ts';
import { type TestApp, useApp } from '../support/test-app.ts';

/** Whole seconds since 1970 of a time in an answer. */
const seconds = (time: string): number => Date.parse(time) / 1000;

async function readUsage(app: TestApp, token: string): Promise<Answer['body']> {
  const { status, body, text } = await call(app, 'GET', '/usage/current', { token });
  assert.equal(status, 200, text);
  return body;
}

describe('Compared with the Go service: bills', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('health report after stop, in the year 2999, replayed, uptime 600,000: refused or clamped; bill unchanged', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const observed_at = app().clock.now().toISOString();
    const figures = { ingest_active: true, session_uptime_seconds: 600_000 };
    await report(app(), session, { ...figures, observed_at: '2999-01-01T00:00:00Z' });
    for (let count = 0; count < 5; count += 1) await report(app(), session, { ...figures, observed_at });
    await app().advanceClock(20);
    await stop(app(), token, {});
    const { usage } = await readSession(app(), token, session.session_id);
    assert.equal(usage.duration_seconds, seconds(usage.ended_at) - seconds(usage.started_at));
    for (const at of [observed_at, '2999-01-01T00:00:00Z']) {
      assertError(await report(app(), session, { ...figures, observed_at: at }), 404, 'not_found');
    }
    await app().advanceClock(600);
    assert.deepEqual((await readSession(app(), token, session.session_id)).usage, usage);
    assert.equal((await readUsage(app(), token)).consumed_seconds, usage.duration_seconds);
  });

  it('session over the cycle end: split at the boundary, to the second', async () => {
    const owner = await signInNewUser(app());
    const { cycle_end: boundary } = await readUsage(app(), owner.token);
    const untilBoundary = seconds(boundary) - app().clock.now().getTime() / 1000;
    await app().advanceClock(untilBoundary - 100);
    const { token } = await signIn(app(), owner.user);
    const session = await startActive(app(), token);
    await app().advanceClock(200);
    await stop(app(), token, {});
    const { usage } = await readSession(app(), token, session.session_id);
    const [start, end] = [seconds(usage.started_at), seconds(usage.ended_at)];
    assert.equal(start < seconds(boundary) && end > seconds(boundary), true, 'it ran across the boundary');
    assert.equal(usage.duration_seconds, end - start);

    const second = await readUsage(app(), token);
    assert.equal(seconds(second.cycle_start), seconds(boundary));
    assert.equal(second.consumed_seconds, end - seconds(boundary));
    app().clock.advance(-150_000);
    const first = await readUsage(app(), token);
    app().clock.advance(150_000);
    assert.equal(first.cycle_end, boundary);
    assert.equal(first.consumed_seconds, seconds(boundary) - start);
  });

  it('session of 20 s between two rollups: billed 20', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await app().advanceClock(20);
    await stop(app(), token, {});
    const { usage } = await readSession(app(), token, session.session_id);
    const lasted = seconds(usage.ended_at) - seconds(usage.started_at);
    assert.equal(lasted >= 20, true, `it lasted ${lasted} s`);
    assert.equal(usage.duration_seconds, lasted);
    assert.equal((await readUsage(app(), token)).consumed_seconds, lasted);
  });

  it('provisioning time: never billed', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    await app().advanceClock(150);
    assert.equal((await readUsage(app(), token)).consumed_seconds, 0);
    await app().provider.faults.set({ hold_step: null });
    const session = await waitForStatus(app(), token, held, 'active');
    await app().advanceClock(20);
    await stop(app(), token, {});
    const { usage } = await readSession(app(), token, session.session_id);
    const activation = Math.floor(seconds(session.timers.lease_expires_at) - 300);
    assert.equal(seconds(usage.started_at), activation, 'it counts from the activation');
    assert.equal(activation >= seconds(session.created_at) + 149, true, 'the launch took its time');
    assert.equal(usage.duration_seconds, seconds(usage.ended_at) - activation);
    assert.equal((await readUsage(app(), token)).consumed_seconds, usage.duration_seconds);
  });
});
