import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signIn, signInNewUser, start, startActive, waitForStatus } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { keepActive, readUsage, secondsByEvents } from '../common/usage.ts';

describe('getCurrentUsage 200', () => {
  const app = useApp();

  const stop = async (token: string, session: { session_id: string }) => {
    const { session_id } = session;
    assert.equal((await call(app(), 'POST', '/relay/stop', { token, body: { session_id } })).status, 200);
  };

  it('tells the plan, the cycle and an unused Time Bank of a new account', async () => {
    const { token } = await signInNewUser(app(), 'standard');
    const usage = await readUsage(app(), token);
    assert.deepEqual(usage, {
      plan_tier: 'standard',
      plan_status: 'active',
      cycle_start: usage.cycle_start,
      cycle_end: usage.cycle_end,
      included_seconds: 54_000,
      consumed_seconds: 0,
      remaining_seconds: 54_000,
      overage_seconds: 0,
    });
  });

  it('counts a running session up to this second', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    for (const seconds of [0, 1, 120]) {
      await app().advanceClock(seconds);
      const least = await secondsByEvents(app(), session.session_id, app().clock.now());
      const { consumed_seconds: consumed, remaining_seconds: remaining } = await readUsage(app(), token);
      const most = await secondsByEvents(app(), session.session_id, app().clock.now());
      assert.equal(least <= consumed && consumed <= most, true, `${least} <= ${consumed} <= ${most}`);
      assert.equal(remaining, 180_000 - consumed);
    }
  });

  it('bills a session of twenty seconds twenty seconds, and nothing more once it is stopped', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await app().advanceClock(20);
    await stop(token, session);
    const { consumed_seconds: consumed } = await readUsage(app(), token);
    assert.equal(consumed, await secondsByEvents(app(), session.session_id, app().clock.now()));
    assert.equal(consumed >= 20, true, `${consumed}`);
    await app().advanceClock(500);
    assert.equal((await readUsage(app(), token)).consumed_seconds, consumed);
  });

  it('bills no launch', async () => {
    const { token } = await signInNewUser(app());
    await app().provider.faults.set({ hold_step: 'starting_docker' });
    const { body } = await start(app(), token);
    await app().advanceClock(100);
    assert.equal((await readUsage(app(), token)).consumed_seconds, 0);
    await app().provider.faults.reset();
    const session = await waitForStatus(app(), token, body.session, 'active');
    await app().advanceClock(50);
    await stop(token, session);
    const { consumed_seconds: consumed } = await readUsage(app(), token);
    assert.equal(consumed, await secondsByEvents(app(), session.session_id, app().clock.now()));
    assert.equal(consumed >= 50 && consumed < 100, true, `${consumed}`);
  });

  it('bills no grace, from the deadline on and not from when a job noticed it', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await app().advanceClock(600);
    const { consumed_seconds: consumed } = await readUsage(app(), token);
    await app().worker?.enforceDeadlines();
    assert.equal((await readUsage(app(), token)).consumed_seconds, consumed);
    assert.equal(consumed, await secondsByEvents(app(), session.session_id, app().clock.now()));
    // The lease of five minutes, its bounds cut to whole seconds.
    assert.equal(consumed >= 300 && consumed <= 305, true, `${consumed}`);
  });

  it('adds up all sessions of the account, those that run at once too', async () => {
    const { token } = await signInNewUser(app());
    const one = await startActive(app(), token, { connection_id: randomUUID() });
    const two = await startActive(app(), token, { connection_id: randomUUID() });
    await app().advanceClock(60);
    await stop(token, one);
    await app().advanceClock(30);
    await stop(token, two);
    const now = app().clock.now();
    const expected =
      (await secondsByEvents(app(), one.session_id, now)) + (await secondsByEvents(app(), two.session_id, now));
    assert.equal((await readUsage(app(), token)).consumed_seconds, expected);
    assert.equal(expected >= 150, true, `${expected}`);
  });

  it('tells what is used beyond the plan, and never less than nothing as left', async () => {
    const { token, user } = await signInNewUser(app(), 'starter');
    await keepActive(app(), await startActive(app(), token), 14_500);
    const usage = await readUsage(app(), (await signIn(app(), user)).token);
    assert.equal(usage.consumed_seconds >= 14_500, true, `${usage.consumed_seconds}`);
    assert.deepEqual(
      [usage.included_seconds, usage.remaining_seconds, usage.overage_seconds],
      [14_400, 0, usage.consumed_seconds - 14_400],
    );
  });

  it('knows no limit of an unlimited plan, and counts all the same', async () => {
    const { token } = await signInNewUser(app(), 'internal');
    const session = await startActive(app(), token);
    await app().advanceClock(90);
    await stop(token, session);
    const usage = await readUsage(app(), token);
    assert.equal(usage.consumed_seconds >= 90, true);
    assert.deepEqual([usage.included_seconds, usage.remaining_seconds, usage.overage_seconds], [null, null, 0]);
  });

  it('tells the same figures as getAuthSession, and nothing of other accounts', async () => {
    const [mine, other] = [await signInNewUser(app()), await signInNewUser(app())];
    for (const { token } of [mine, other]) {
      const session = await startActive(app(), token);
      await app().advanceClock(45);
      await stop(token, session);
    }
    const usage = await readUsage(app(), mine.token);
    const { body } = await call(app(), 'GET', '/auth/session', { token: mine.token });
    const { included_seconds, consumed_seconds, remaining_seconds, overage_seconds } = usage;
    assert.deepEqual(body.usage, { included_seconds, consumed_seconds, remaining_seconds, overage_seconds });
    assert.equal(consumed_seconds < 90, true, 'of two accounts with 45 seconds each');
  });
});
