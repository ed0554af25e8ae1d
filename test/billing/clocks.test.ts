import assert from 'node:assert/strict';
import { keepActive } from '../operations/common/usage.ts';
import { signIn, signInNewUser, start, startActive, type TestUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { buy, checkoutIdOf, settled, useShop } from '../support/shop.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

describe("What a plan's clocks bring about", () => {
  const shop = useShop();
  afterEach(() => {
    shop().seller.faults = {};
    shop().seller.webhooks = {};
  });

  const glance = async (user: TestUser) => {
    const { token } = await signIn(shop().app, user);
    const { entitlement } = (await call(shop().app, 'GET', '/auth/session', { token })).body;
    return { token, plan: entitlement.plan_tier, status: entitlement.plan_status, reason: entitlement.reason_code };
  };
  const runJobs = async () => {
    await shop().app.worker?.enforcePlanDeadlines();
    await shop().app.worker?.reconcileSubscriptions();
    await settled(shop());
  };
  const customer = async (plan = 'standard') => {
    const { token, user } = await signInNewUser(shop().app, 'free');
    return { token, user, id: await buy(shop(), token, { plan }) };
  };
  const advanceTo = async (moment: string | null, seconds = 0) => {
    const ahead = (Date.parse(String(moment)) - shop().app.clock.now().getTime()) / 1000 + seconds;
    await shop().app.advanceClock(ahead);
  };

  it('48 hours of a late payment: starts until then, none afterwards even if no job ran, and then the relays end', async () => {
    const { user, id } = await customer();
    await shop().seller.failPayment(id);
    await settled(shop());
    await shop().app.advanceClock(48 * HOUR - 120);
    const before = await glance(user);
    assert.deepEqual([before.plan, before.status, before.reason], ['standard', 'past_due', 'ok']);
    const session = await startActive(shop().app, before.token);
    await keepActive(shop().app, session, 240);
    // The seller still says past due; no job has run.
    const after = await glance(user);
    assert.deepEqual([after.plan, after.reason], ['free', 'subscription_required']);
    assert.equal((await start(shop().app, after.token, { connection_id: crypto.randomUUID() })).status, 403);
    await runJobs();
    const { body } = await call(shop().app, 'GET', `/relay/sessions/${session.session_id}`, { token: after.token });
    assert.equal(body.session.status, 'stopped');
  });

  it('a second failure does not begin the 48 hours again', async () => {
    const { user, id } = await customer();
    await shop().seller.failPayment(id);
    await settled(shop());
    await shop().app.advanceClock(40 * HOUR);
    await shop().seller.failPayment(id);
    await settled(shop());
    await shop().app.advanceClock(8 * HOUR);
    assert.equal((await glance(user)).plan, 'free');
  });

  it('the end of a canceled subscription: access up to that second, then none, and the relays end', async () => {
    const { user, id } = await customer();
    await shop().seller.cancel(id);
    await settled(shop());
    shop().seller.webhooks = { drop: ['subscription_expired', 'subscription_updated'] };
    const { ends_at } = shop().seller.subscription(id);
    await advanceTo(ends_at, -120);
    const before = await glance(user);
    assert.deepEqual([before.plan, before.status, before.reason], ['standard', 'canceled', 'ok']);
    const session = await startActive(shop().app, before.token);
    await keepActive(shop().app, session, 180);
    const after = await glance(user);
    assert.deepEqual([after.plan, after.status, after.reason], ['standard', 'canceled', 'subscription_inactive']);
    await runJobs();
    const { body } = await call(shop().app, 'GET', `/relay/sessions/${session.session_id}`, { token: after.token });
    assert.equal(body.session.status, 'stopped');
  });

  it('the end of a trial: the seller is asked at once, and what it says counts', async () => {
    const { token, user } = await signInNewUser(shop().app, 'free');
    const { body } = await call(shop().app, 'POST', '/billing/checkout', { token, body: { plan: 'pro' } });
    const { subscriptionId } = await shop().seller.payWithTrial(checkoutIdOf(body.checkout_url));
    await settled(shop());
    assert.deepEqual([(await glance(user)).plan, (await glance(user)).status], ['pro', 'trial']);
    const { trial_ends_at } = shop().seller.subscription(subscriptionId);
    await advanceTo(trial_ends_at, 1);
    assert.equal((await glance(user)).status, 'past_due', 'until the seller has spoken');
    shop().seller.webhooks = { drop: ['subscription_updated', 'subscription_payment_success'] };
    await shop().seller.renew(subscriptionId);
    await runJobs();
    assert.deepEqual([(await glance(user)).plan, (await glance(user)).status], ['pro', 'active']);
  });

  it('the end of a cycle: the next one begins by the clock, paid or not, and the Time Bank is full again', async () => {
    const { user, id } = await customer('starter');
    const first = await glance(user);
    const session = await startActive(shop().app, first.token);
    await shop().app.advanceClock(100);
    await call(shop().app, 'POST', '/relay/stop', { token: first.token, body: { session_id: session.session_id } });
    const used = (await call(shop().app, 'GET', '/usage/current', { token: first.token })).body;
    assert.equal(used.consumed_seconds >= 100, true);
    assert.equal(Date.parse(used.cycle_end), Date.parse(String(shop().seller.subscription(id).renews_at)));
    await advanceTo(used.cycle_end);
    const { token } = await glance(user);
    const next = (await call(shop().app, 'GET', '/usage/current', { token })).body;
    assert.deepEqual([next.cycle_start, next.consumed_seconds], [used.cycle_end, 0]);
  });

  it('nothing for accounts that have nothing to wait for: no deadline is stored for them', async () => {
    const { user } = await signInNewUser(shop().app, 'pro');
    const row = await shop().app.database('users').where({ id: user.id }).first('plan_deadline_at');
    assert.equal(row.plan_deadline_at, null);
  });

  it('each deadline once: two workers share the work, and a run without anything due touches nobody', async () => {
    const { id } = await customer();
    await shop().seller.failPayment(id);
    await settled(shop());
    await shop().app.advanceClock(49 * HOUR);
    const { worker } = shop().app;
    const handled = await Promise.all([worker?.enforcePlanDeadlines(), worker?.enforcePlanDeadlines()]);
    assert.equal((handled[0] ?? 0) + (handled[1] ?? 0) >= 1, true);
    await shop().app.advanceClock(DAY / 24);
    assert.equal(await worker?.enforcePlanDeadlines(), 0);
  });
});
