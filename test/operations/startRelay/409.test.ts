import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { assertError, readSession, stop } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('startRelay 409', () => {
  const app = useApp();

  it('refuses a key that was used with another region, connection, token or slot', async () => {
    const { token, login } = await signInNewUser(app());
    const [{ stream_token }, { stream_token: otherToken }] = login.body.stream_slots;
    const key = randomUUID();
    const used = { connection_id: randomUUID(), region_preference: 'us-east-1', stream_token, stream_slot: 1 };
    assert.equal((await start(app(), token, used, key)).status, 201);
    const { connection_id: _none, ...withoutConnection } = used;
    const { stream_token: _noToken, ...withoutToken } = used;
    const { stream_slot: _noSlot, ...withoutSlot } = used;
    const others = [
      { ...used, region_preference: 'eu-west-1' },
      { ...used, connection_id: randomUUID() },
      { ...used, stream_token: otherToken, stream_slot: 2 },
      { ...used, stream_token: 'nobodys' },
      { ...used, stream_slot: 2 },
      withoutConnection,
      withoutToken,
      withoutSlot,
    ];
    for (const other of others) assertError(await start(app(), token, other, key), 409, 'idempotency_mismatch');
    assert.equal((await start(app(), token, used, key)).status, 200, 'the key still means what it meant');
  });

  it('refuses it after the session was stopped, too', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    const connection_id = randomUUID();
    await startActive(app(), token, { connection_id });
    await start(app(), token, { connection_id }, key);
    await stop(app(), token, { connection_id });
    assertError(await start(app(), token, { connection_id: randomUUID() }, key), 409, 'idempotency_mismatch');
  });

  it('refuses it before the plan is asked', async () => {
    const { token, user } = await signInNewUser(app());
    const key = randomUUID();
    await start(app(), token, {}, key);
    await app().database('users').where({ id: user.id }).update({ plan_tier: 'free' });
    assertError(await start(app(), token, { region_preference: 'eu-west-1' }, key), 409, 'idempotency_mismatch');
  });

  it('changes nothing', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    const { session_id } = await startActive(app(), token);
    await start(app(), token, {}, key);
    const before = await readSession(app(), token, session_id);
    assertError(await start(app(), token, { connection_id: randomUUID() }, key), 409, 'idempotency_mismatch');
    const { version, status } = await readSession(app(), token, session_id);
    assert.deepEqual([version, status], [before.version, 'active']);
    const { body } = await call(app(), 'GET', '/auth/session', { token });
    assert.equal(body.active_sessions.length, 1);
  });
});
