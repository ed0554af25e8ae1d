import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import { signInNewUser, startActive, waitForStatus } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { refOf } from '../../support/instances.ts';
import { assertError, heartbeat, readSession, report, startHeld, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { watchRelayKeys } from './relay-keys.ts';

describe("reportRelayHealth 200, the owner's heartbeat", () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('renews the lease to five minutes from now, without a new version', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await app().advanceClock(200);
    const before = app().clock.now().getTime();
    const { status, body } = await heartbeat(app(), token, session);
    const after = app().clock.now().getTime();
    assert.equal(status, 200);
    const { lease_expires_at, ...rest } = body;
    assert.deepEqual(rest, { ok: true, status: 'active' });
    const lease = Date.parse(lease_expires_at);
    assert.equal(lease >= before + 300_000 && lease <= after + 300_000, true, lease_expires_at);
    const now = await readSession(app(), token, session.session_id);
    assert.equal(now.timers.lease_expires_at, lease_expires_at);
    assert.deepEqual([now.version, now.updated_at], [session.version, session.updated_at]);
  });

  it('keeps a relay that was never fed active for as long as heartbeats come', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    for (let count = 0; count < 2; count += 1) {
      await app().advanceClock(299);
      assert.equal((await heartbeat(app(), token, session)).body.status, 'active');
    }
    assert.equal((await readSession(app(), token, session.session_id)).version, session.version);
  });

  it('reads the two ids only: an owner cannot steer the ingest, and so the bill', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await report(app(), session, { ingest_active: true });
    const figures = { ingest_active: false, egress_active: false, session_uptime_seconds: 604_800 };
    const body = { session_id: session.session_id, instance_id: session.instance_id, ...figures };
    assert.equal((await call(app(), 'POST', '/relay/health', { token, body })).body.status, 'active');

    assert.equal((await report(app(), session, { ingest_active: false })).body.status, 'grace');
    const restore = { ...body, ingest_active: true };
    assert.equal((await call(app(), 'POST', '/relay/health', { token, body: restore })).body.status, 'grace');
  });

  it('has no lease yet while the relay is launched', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    const { status, body } = await heartbeat(app(), token, held);
    assert.equal(status, 200);
    assert.deepEqual(body, { ok: true, status: 'provisioning', lease_expires_at: null });
    assert.deepEqual(await readSession(app(), token, held.session_id), held);
  });

  it('may name any instance that the session ever had; a relay only the present one', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    await app().provider.deprovision(refOf(held.instance_id));
    await app().provider.faults.set({ hold_step: null });
    const session = await waitForStatus(app(), token, held, 'active');
    assert.notEqual(session.instance_id, held.instance_id, 'the launch began anew');
    const earlier = { session_id: session.session_id, instance_id: held.instance_id };
    const { status, body } = await heartbeat(app(), token, earlier);
    assert.deepEqual([status, body.status], [200, 'active']);
    assertError(await report(app(), earlier), 404, 'not_found');
  });

  describe('with X-Relay-Auth beside the bearer token', () => {
    const beside = (token: string, key: string, body: Record<string, unknown>): Promise<Answer> =>
      call(app(), 'POST', '/relay/health', { token, body, headers: { 'X-Relay-Auth': key } });

    it("follows the owner's rules even with the relay's good key", async () => {
      const keyOf = watchRelayKeys(app());
      const { token } = await signInNewUser(app());
      const session = await startActive(app(), token);
      const { session_id, instance_id } = session;
      await report(app(), session, { ingest_active: true });
      const { status, body } = await beside(token, keyOf(session_id), {
        session_id,
        instance_id,
        ingest_active: false,
      });
      assert.deepEqual([status, body.status], [200, 'active']);
    });

    it('ignores a wrong key and logs it, without the key', async () => {
      const { token } = await signInNewUser(app());
      const { session_id, instance_id } = await startActive(app(), token);
      const wrong = randomBytes(32).toString('base64url');
      const { status, body, headers } = await beside(token, wrong, { session_id, instance_id });
      assert.deepEqual([status, body.status], [200, 'active']);
      const requestId = headers.get('X-Request-ID') as string;
      await eventually(() => {
        const warnings = app().logLines.filter((line) => line.includes(requestId) && line.includes('X-Relay-Auth'));
        assert.equal(warnings.length, 1);
      });
      assert.equal(
        app().logLines.some((line) => line.includes(wrong)),
        false,
      );
    });
  });
});
