import assert from 'node:assert/strict';
import { type SignedIn, signInNewUser, startActive } from '../support/factories.ts';
import { freezeClock } from '../support/freeze-clock.ts';
import { type Answer, call } from '../support/http.ts';
import { heartbeat, readSession, report, stop, useFaults } from '../support/relay-calls.ts';
import { useApp } from '../support/test-app.ts';

describe('reads before any job has run', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  let owner: SignedIn;
  let session: Answer['body'];
  let activatedAt: number;

  before(() => void freezeClock(app()));

  beforeEach(async () => {
    owner = await signInNewUser(app());
    session = await startActive(app(), owner.token);
    activatedAt = app().clock.now().getTime();
  });

  const at = (seconds: number) => new Date(activatedAt + seconds * 1000).toISOString();

  /** The clock shows so many seconds behind the activation; a new access token where the old one is over. */
  async function moveTo(seconds: number): Promise<void> {
    await app().advanceClock((activatedAt - app().clock.now().getTime()) / 1000 + seconds);
    const { body } = await call(app(), 'POST', '/auth/refresh', { body: { refresh_token: owner.refreshToken } });
    owner.token = body.auth.cp_access_jwt;
    owner.refreshToken = body.auth.refresh_token;
  }

  const read = () => readSession(app(), owner.token, session.session_id);

  it('show the lease as it is until its last millisecond', async () => {
    await moveTo(299.999);
    const { status, timers, version, usage } = await read();
    assert.deepEqual([status, version], ['active', session.version]);
    const whole = Math.floor((activatedAt + 299_999) / 1000) - Math.floor(activatedAt / 1000);
    assert.equal(usage.duration_seconds, whole);
    assert.equal(timers.lease_expires_at, at(300));
  });

  it('show grace from the lapse of the lease on, with the time of the lapse', async () => {
    await moveTo(420);
    const shown = await read();
    assert.equal(shown.status, 'grace');
    assert.equal(shown.version, session.version + 1);
    assert.equal(shown.updated_at, at(300));
    assert.equal(shown.timers.grace_remaining_seconds, 480);
    assert.equal(shown.timers.lease_expires_at, null);
    assert.equal(shown.usage.duration_seconds, 300);
    const { body, headers } = await call(app(), 'GET', '/relay/active', { token: owner.token });
    assert.deepEqual(body.session, shown);
    assert.equal(headers.get('ETag'), `W/"${session.session_id}-${shown.version}"`);
    const glance = (await call(app(), 'GET', '/auth/session', { token: owner.token })).body;
    assert.deepEqual(glance.active_relay, { session_id: session.session_id, status: 'grace' });
    assert.equal(glance.active_sessions[0].status, 'grace');
    assert.equal(glance.usage.consumed_seconds, 300);
  });

  it('show the end from the end of grace on, and free the connection', async () => {
    await moveTo(900);
    const shown = await read();
    assert.deepEqual([shown.status, shown.updated_at, shown.usage.duration_seconds], ['stopped', at(900), 300]);
    assert.equal('credentials' in shown, false);
    assert.equal(shown.failure, null);
    assert.equal((await call(app(), 'GET', '/relay/active', { token: owner.token })).status, 204);
    const glance = (await call(app(), 'GET', '/auth/session', { token: owner.token })).body;
    assert.deepEqual([glance.active_relay, glance.active_sessions], [null, []]);
    assert.equal(glance.entitlement.active_managed_conns, 0);
  });

  it('change nothing that is stored', async () => {
    await moveTo(1_000);
    await read();
    const row = await app().database('relay_sessions').where({ id: session.session_id }).first();
    assert.deepEqual([row.status, row.version], ['active', session.version]);
  });

  it('agree with what a heartbeat in grace finds: active again, from that moment', async () => {
    await moveTo(420);
    const { status, body } = await heartbeat(app(), owner.token, session);
    assert.deepEqual([status, body.status, body.lease_expires_at], [200, 'active', at(720)]);
    assert.equal((await read()).version, session.version + 2);
  });

  it('agree with what a heartbeat behind the end finds: nothing', async () => {
    await moveTo(900);
    assert.equal((await report(app(), session)).status, 404);
    assert.equal((await heartbeat(app(), owner.token, session)).status, 404);
  });

  it('agree with what a stop behind the end finds: the end, at its own time', async () => {
    await moveTo(2_000);
    const { status, body } = await stop(app(), owner.token, { session_id: session.session_id });
    assert.equal(status, 200);
    assert.deepEqual(body, { session_id: session.session_id, status: 'stopped', stopped_at: at(900) });
  });
});
