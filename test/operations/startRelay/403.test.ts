import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PlanStatus } from '../../../src/features/account/index.ts';
import { signIn, signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { assertError, report, stop, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('startRelay 403', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  const setPlan = (userId: string, plan: { plan_tier?: string; plan_status?: PlanStatus; plan_status_at?: Date }) =>
    app().database('users').where({ id: userId }).update(plan);

  it('is subscription_required on a plan without relays', async () => {
    const { token } = await signInNewUser(app(), 'free');
    const error = assertError(await start(app(), token), 403, 'entitlement_denied');
    assert.equal(error.reason_code, 'subscription_required');
  });

  it('is subscription_inactive while the subscription is canceled', async () => {
    const { token, user } = await signInNewUser(app());
    await setPlan(user.id, { plan_status: 'canceled' });
    const error = assertError(await start(app(), token), 403, 'entitlement_denied');
    assert.equal(error.reason_code, 'subscription_inactive');
  });

  it('is subscription_required once a payment is late for 48 hours, and not before', async () => {
    const { token, user } = await signInNewUser(app());
    const since = (seconds: number) => new Date(app().clock.now().getTime() - seconds * 1000);
    await setPlan(user.id, { plan_status: 'past_due', plan_status_at: since(48 * 3600 - 60) });
    const { status, body } = await start(app(), token);
    assert.equal(status, 201);
    await call(app(), 'POST', '/relay/stop', { token, body: { session_id: body.session.session_id } });
    await setPlan(user.id, { plan_status_at: since(48 * 3600) });
    const error = assertError(await start(app(), token, { connection_id: randomUUID() }), 403, 'entitlement_denied');
    assert.equal(error.reason_code, 'subscription_required');
  });

  it('is not given on a trial', async () => {
    const { token, user } = await signInNewUser(app());
    await setPlan(user.id, { plan_status: 'trial' });
    assert.equal((await start(app(), token)).status, 201);
  });

  it('tells the first reason that holds: the plan before its status', async () => {
    const { token, user } = await signInNewUser(app(), 'free');
    await setPlan(user.id, { plan_status: 'canceled' });
    const error = assertError(await start(app(), token), 403, 'entitlement_denied');
    assert.equal(error.reason_code, 'subscription_required');
  });

  it('tells an inactive subscription before the connection limit, and both before a wrong slot', async () => {
    const { token, user } = await signInNewUser(app(), 'starter');
    await start(app(), token);
    const body = { connection_id: randomUUID(), stream_slot: 9 };
    const atLimit = assertError(await start(app(), token, body), 403, 'connection_limit_reached');
    assert.equal(atLimit.reason_code, 'connection_limit_reached');
    await setPlan(user.id, { plan_status: 'canceled' });
    const inactive = assertError(await start(app(), token, body), 403, 'entitlement_denied');
    assert.equal(inactive.reason_code, 'subscription_inactive');
  });

  it('is connection_limit_reached for one connection more than the plan has relays, and says the numbers', async () => {
    const { token } = await signInNewUser(app(), 'pro');
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await start(app(), token, { connection_id: randomUUID() })).status, 201);
    }
    const error = assertError(await start(app(), token), 403, 'connection_limit_reached');
    assert.deepEqual(error.details, { max_concurrent_conns: 3, active_managed_conns: 3 });
    assert.equal(error.reason_code, 'connection_limit_reached');
  });

  it('is not given once the Time Bank is used up on a plan that allows overage', async () => {
    const owner = await signInNewUser(app(), 'starter');
    const session = await startActive(app(), owner.token);
    for (let elapsed = 0; elapsed <= 14_400; elapsed += 290) {
      await app().advanceClock(290);
      await report(app(), session);
    }
    const { token } = await signIn(app(), owner.user);
    await stop(app(), token, {});
    const usage = (await call(app(), 'GET', '/usage/current', { token })).body;
    assert.deepEqual([usage.remaining_seconds, usage.overage_seconds], [0, usage.consumed_seconds - 14_400]);
    assert.equal((await start(app(), token)).status, 201);
  });

  it('counts sessions in grace as live, and stopped ones no more', async () => {
    const { token } = await signInNewUser(app(), 'starter');
    const session = await startActive(app(), token);
    await report(app(), session, { ingest_active: true });
    await report(app(), session, { ingest_active: false });
    const body = { connection_id: randomUUID() };
    assertError(await start(app(), token, body), 403, 'connection_limit_reached');
    assert.equal((await stop(app(), token, { session_id: session.session_id })).status, 200);
    assert.equal((await start(app(), token, body)).status, 201);
  });

  it('does not count a session whose time is over although no job has noticed yet', async () => {
    const { token } = await signInNewUser(app(), 'starter');
    await app().provider.faults.set({ hold_step: 'waiting_for_instance' });
    assert.equal((await start(app(), token)).status, 201);
    await app().advanceClock(181);
    assert.equal((await start(app(), token, { connection_id: randomUUID() })).status, 201);
  });

  it('does not bind the key: the same start succeeds once it is allowed', async () => {
    const { token, user } = await signInNewUser(app(), 'free');
    const key = randomUUID();
    assertError(await start(app(), token, {}, key), 403, 'entitlement_denied');
    await setPlan(user.id, { plan_tier: 'starter' });
    const { status, headers } = await start(app(), token, {}, key);
    assert.equal(status, 201);
    assert.equal(headers.get('Idempotent-Replayed'), null);
  });

  it('makes no session', async () => {
    const { token } = await signInNewUser(app(), 'free');
    await start(app(), token);
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204);
  });
});
