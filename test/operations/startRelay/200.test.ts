import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { eventsOf, report, startHeld, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('startRelay 200, an existing session', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('answers a new key with the live session of the connection, while it is provisioning', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = randomUUID();
    const held = await startHeld(app(), token, { connection_id });
    const { status, body, headers } = await start(app(), token, { connection_id });
    assert.equal(status, 200);
    assert.equal(headers.get('Idempotent-Replayed'), null, 'a new key is no replay');
    assert.deepEqual(body.session, held);
  });

  it('answers a new key with the live session of the connection, while it is active and in grace', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = randomUUID();
    const session = await startActive(app(), token, { connection_id });
    const active = await start(app(), token, { connection_id });
    assert.deepEqual([active.status, active.body.session.status], [200, 'active']);
    await report(app(), session, { ingest_active: true });
    await report(app(), session, { ingest_active: false });
    const grace = await start(app(), token, { connection_id });
    assert.deepEqual([grace.status, grace.body.session.status], [200, 'grace']);
    assert.equal(grace.body.session.session_id, session.session_id);
    assert.deepEqual(grace.body.session.credentials, session.credentials);
  });

  it('knows a connection id in either case of letters', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = randomUUID();
    const first = await start(app(), token, { connection_id });
    const second = await start(app(), token, { connection_id: connection_id.toUpperCase() });
    assert.equal(second.status, 200);
    assert.equal(second.body.session.session_id, first.body.session.session_id);
    assert.equal(second.body.session.connection_id, connection_id);
  });

  it('answers with the live session even at the limit of the plan', async () => {
    const { token } = await signInNewUser(app(), 'starter');
    const first = await start(app(), token);
    const second = await start(app(), token);
    assert.equal(second.status, 200);
    assert.equal(second.body.session.session_id, first.body.session.session_id);
  });

  it('answers with the live session even when the plan was taken away', async () => {
    const { token, user } = await signInNewUser(app(), 'starter');
    const first = await start(app(), token);
    await app().database('users').where({ id: user.id }).update({ plan_tier: 'free', plan_status: 'canceled' });
    const second = await start(app(), token);
    assert.equal(second.status, 200);
    assert.equal(second.body.session.session_id, first.body.session.session_id);
  });

  it('keeps region and slot of the live session, whatever a new start asks for', async () => {
    const { token, login } = await signInNewUser(app());
    const first = await start(app(), token, { region_preference: 'us-east-1', stream_slot: 1 });
    const second = await start(app(), token, { region_preference: 'eu-west-1', stream_slot: 2 });
    assert.equal(second.status, 200);
    assert.equal(second.body.session.region, 'us-east-1');
    assert.equal(second.body.session.credentials.stream_token, login.body.stream_slots[0].stream_token);
    assert.equal(second.body.session.session_id, first.body.session.session_id);
  });

  it('binds the new key: it is replayed from then on', async () => {
    const { token } = await signInNewUser(app());
    const first = await start(app(), token);
    const key = randomUUID();
    await start(app(), token, {}, key);
    const again = await start(app(), token, {}, key);
    assert.equal(again.headers.get('Idempotent-Replayed'), 'true');
    assert.equal(again.body.session.session_id, first.body.session.session_id);
  });

  it('writes no event for a start that finds a live session', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await start(app(), token);
    const events = await eventsOf(app(), session.session_id);
    assert.deepEqual(
      events.map(({ from_status, to_status, cause, actor }) => [from_status, to_status, cause, actor]),
      [
        [null, 'provisioning', 'started', 'user'],
        ['provisioning', 'active', 'provisioned', 'system'],
      ],
    );
    const { body } = await call(app(), 'GET', '/auth/session', { token });
    assert.equal(body.entitlement.active_managed_conns, 1);
  });
});
