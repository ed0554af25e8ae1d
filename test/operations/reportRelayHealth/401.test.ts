import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { assertError, readSession, report, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { watchRelayKeys } from './relay-keys.ts';

describe('reportRelayHealth 401', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it("is given for a wrong key, and for the key of another session's relay", async () => {
    const keyOf = watchRelayKeys(app());
    const { token } = await signInNewUser(app());
    const [one, two] = [
      await startActive(app(), token, { connection_id: '0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64' }),
      await startActive(app(), token),
    ];
    assert.notEqual(keyOf(one.session_id), keyOf(two.session_id));
    for (const key of [
      randomBytes(32).toString('base64url'),
      keyOf(two.session_id),
      'x',
      `${keyOf(one.session_id)}=`,
    ]) {
      assertError(await report(app(), one, { ingest_active: true }, key), 401, 'unauthorized');
    }
    const { timers } = await readSession(app(), token, one.session_id);
    assert.equal(timers.lease_expires_at, one.timers.lease_expires_at, 'nothing was renewed');
    assert.equal((await report(app(), one, {}, keyOf(one.session_id))).status, 200);
  });

  it("has the same body for a session that never was: a relay's key tells nothing about others", async () => {
    const keyOf = watchRelayKeys(app());
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const other = await startActive(app(), token, { connection_id: '0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64' });
    const unknown = { session_id: 'ses_019aa1c30000710092a3b4c5d6e7f809', instance_id: session.instance_id };
    const key = keyOf(session.session_id);
    assert.deepEqual(
      assertError(await report(app(), unknown, {}, key), 401, 'unauthorized'),
      assertError(await report(app(), other, {}, key), 401, 'unauthorized'),
    );
  });

  it('is given for a wrong key beside a wrong bearer token', async () => {
    const { token } = await signInNewUser(app());
    const { session_id, instance_id } = await startActive(app(), token);
    const options = { body: { session_id, instance_id }, headers: { 'X-Relay-Auth': 'wrong' } };
    assertError(await call(app(), 'POST', '/relay/health', { ...options, token: 'wrong' }), 401, 'unauthorized');
  });
});
