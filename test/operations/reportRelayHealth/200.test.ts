import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { readSession, report, startHeld, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { watchRelayKeys } from './relay-keys.ts';

describe("reportRelayHealth 200, a relay's report", () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('is taken with the shared key and with the key of the session, and renews the lease', async () => {
    const keyOf = watchRelayKeys(app());
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    for (const key of [undefined, keyOf(session.session_id)]) {
      await app().advanceClock(100);
      const figures = { ingest_active: false, egress_active: false, session_uptime_seconds: 100 };
      const before = app().clock.now().getTime();
      const { status, body } = await report(app(), session, figures, key);
      assert.equal(status, 200);
      assert.deepEqual([body.ok, body.status], [true, 'active']);
      assert.equal(Date.parse(body.lease_expires_at) >= before + 300_000, true);
      const { timers, version } = await readSession(app(), token, session.session_id);
      assert.equal(timers.lease_expires_at, body.lease_expires_at);
      assert.equal(version, session.version);
    }
  });

  it('has no lease yet while the relay is launched, and its figures do not count', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    for (const ingest_active of [true, false]) {
      const { status, body } = await report(app(), held, { ingest_active });
      assert.equal(status, 200);
      assert.deepEqual(body, { ok: true, status: 'provisioning', lease_expires_at: null });
    }
    assert.deepEqual(await readSession(app(), token, held.session_id), held);
  });

  it('without ingest_active renews the lease and leaves the ingest as it is', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await report(app(), session, { ingest_active: true });
    assert.equal((await report(app(), session, { egress_active: false })).body.status, 'active');
    await report(app(), session, { ingest_active: false });
    assert.equal((await report(app(), session, { egress_active: true })).body.status, 'grace');
  });

  it('takes every uptime that the contract allows, and bills nothing by it', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    for (const session_uptime_seconds of [0, 604_800]) {
      assert.equal((await report(app(), session, { session_uptime_seconds })).status, 200);
    }
    const { usage } = await readSession(app(), token, session.session_id);
    assert.equal(usage.duration_seconds < 60, true, `${usage.duration_seconds}`);
  });

  it('ignores fields that it does not know', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    assert.equal((await report(app(), session, { mood: 'good', status: 'stopped' })).body.status, 'active');
  });
});
