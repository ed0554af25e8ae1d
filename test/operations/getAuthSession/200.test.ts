import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signIn, signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';

describe('getAuthSession 200', () => {
  const app = useApp();

  const read = async (token: string) => {
    const { status, body, text } = await call(app(), 'GET', '/auth/session', { token });
    assert.equal(status, 200, text);
    return body;
  };
  const setPlan = (id: string, plan: { plan_tier?: string; plan_status?: string }) =>
    app().database('users').where({ id }).update(plan);

  it('tells a new account all there is to tell', async () => {
    const { token, user } = await signInNewUser(app(), 'standard');
    const body = await read(token);
    assert.match(body.stream_slots[0].stream_token, /^[0-9a-z]{12}$/);
    assert.deepEqual(body, {
      user: { id: user.id, email: user.email, display_name: 'Test' },
      entitlement: {
        relay_access_status: 'enabled',
        reason_code: 'ok',
        plan_tier: 'standard',
        plan_status: 'active',
        max_concurrent_conns: 1,
        active_managed_conns: 0,
      },
      usage: { included_seconds: 54_000, consumed_seconds: 0, remaining_seconds: 54_000, overage_seconds: 0 },
      active_relay: null,
      active_sessions: [],
      stream_slots: [{ slot_number: 1, label: 'Main', stream_token: body.stream_slots[0].stream_token }],
    });
  });

  it('tells the live sessions of all states, newest first, with what a dock needs', async () => {
    const { token } = await signInNewUser(app());
    const first = await startActive(app(), token, { connection_id: randomUUID() });
    await app().provider.faults.set({ hold_step: 'launching_instance' });
    const { body: launching } = await start(app(), token);
    const body = await read(token);
    await app().provider.faults.reset();
    assert.deepEqual(body.active_relay, { session_id: launching.session.session_id, status: 'provisioning' });
    assert.deepEqual(body.active_sessions, [
      {
        session_id: launching.session.session_id,
        status: 'provisioning',
        public_ip: '',
        srt_port: launching.session.relay.srt_port,
        stream_token: launching.session.credentials.stream_token,
      },
      {
        session_id: first.session_id,
        connection_id: first.connection_id,
        status: 'active',
        public_ip: first.relay.public_ip,
        srt_port: first.relay.srt_port,
        stream_token: first.credentials.stream_token,
      },
    ]);
    assert.equal(body.entitlement.active_managed_conns, 2);
    assert.equal(body.entitlement.reason_code, 'ok');
  });

  it('at the connection limit still says enabled: only a further start is denied', async () => {
    const { token } = await signInNewUser(app(), 'starter');
    await startActive(app(), token);
    const { entitlement } = await read(token);
    assert.deepEqual(
      [entitlement.relay_access_status, entitlement.reason_code, entitlement.active_managed_conns],
      ['enabled', 'connection_limit_reached', 1],
    );
  });

  it('shows the state of now, before any job has noticed a deadline', async () => {
    const { token, user } = await signInNewUser(app());
    const { session_id } = await startActive(app(), token);
    await app().advanceClock(300);
    assert.deepEqual((await read(token)).active_relay, { session_id, status: 'grace' });
    await app().advanceClock(600);
    const later = await signIn(app(), user);
    const { active_relay, active_sessions, entitlement } = await read(later.token);
    assert.deepEqual([active_relay, active_sessions, entitlement.active_managed_conns], [null, [], 0]);
  });

  it('forgets a session that was stopped', async () => {
    const { token } = await signInNewUser(app());
    const { session_id } = await startActive(app(), token);
    await call(app(), 'POST', '/relay/stop', { token, body: { session_id } });
    const { active_relay, active_sessions } = await read(token);
    assert.deepEqual([active_relay, active_sessions], [null, []]);
  });

  const reasons: [plan: Record<string, string>, status: string, reason: string, relays: number][] = [
    [{ plan_tier: 'free' }, 'disabled', 'subscription_required', 0],
    [{ plan_tier: 'free', plan_status: 'canceled' }, 'disabled', 'subscription_required', 0],
    [{ plan_tier: 'pro', plan_status: 'canceled' }, 'disabled', 'subscription_inactive', 3],
    [{ plan_tier: 'pro', plan_status: 'trial' }, 'enabled', 'ok', 3],
    [{ plan_tier: 'internal' }, 'enabled', 'ok', 99],
  ];
  for (const [plan, status, reason, relays] of reasons) {
    it(`says ${reason} to ${Object.values(plan).join(' and ')}, with ${relays} relays and as many slots`, async () => {
      const { token, user } = await signInNewUser(app(), 'starter');
      await setPlan(user.id, plan);
      const { entitlement, stream_slots } = await read(token);
      assert.deepEqual(
        [entitlement.relay_access_status, entitlement.reason_code, entitlement.max_concurrent_conns],
        [status, reason, relays],
      );
      assert.equal(stream_slots.length, relays);
    });
  }

  it('tells no limit of an unlimited plan', async () => {
    const { token } = await signInNewUser(app(), 'internal');
    const { usage } = await read(token);
    assert.deepEqual(usage, {
      included_seconds: null,
      consumed_seconds: 0,
      remaining_seconds: null,
      overage_seconds: 0,
    });
  });

  it("tells nothing of other people's sessions and slots", async () => {
    const [mine, other] = [await signInNewUser(app()), await signInNewUser(app())];
    const theirs = await startActive(app(), other.token);
    const text = JSON.stringify(await read(mine.token));
    for (const secret of [other.user.id, other.user.email, theirs.session_id, theirs.credentials.stream_token]) {
      assert.equal(text.includes(secret), false);
    }
  });
});
