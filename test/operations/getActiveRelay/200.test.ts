import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { heartbeat, startHeld, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('getActiveRelay 200', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('tells the live session with its address once it is active', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const { status, body, headers } = await call(app(), 'GET', '/relay/active', { token });
    assert.equal(status, 200);
    assert.equal(body.session.session_id, session.session_id);
    assert.equal(body.session.status, 'active');
    assert.match(body.session.sender_url, /^srtla:\/\/127\./);
    assert.equal(headers.get('ETag'), `W/"${session.session_id}-${body.session.version}"`);
  });

  it('tells a session that is provisioning with its step', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token, {}, 'starting_containers');
    const { status, body } = await call(app(), 'GET', '/relay/active', { token });
    assert.equal(status, 200);
    assert.deepEqual(body.session, held);
    assert.equal(body.session.provision_step, 'starting_containers');
    assert.match(body.session.instance_id, /./);
  });

  it('tells the session of the connection asked for, in either case of letters', async () => {
    const { token } = await signInNewUser(app());
    const connections = [randomUUID(), randomUUID()];
    const ids = [];
    for (const connection_id of connections) {
      ids.push((await start(app(), token, { connection_id })).body.session.session_id);
    }
    for (const [index, connection_id] of connections.entries()) {
      for (const name of [connection_id, connection_id.toUpperCase()]) {
        const { body } = await call(app(), 'GET', `/relay/active?connection_id=${name}`, { token });
        assert.equal(body.session.session_id, ids[index]);
      }
    }
  });

  it('tells the newest live session when no connection is named', async () => {
    const { token } = await signInNewUser(app());
    const [first, second] = [randomUUID(), randomUUID()];
    const older = await startActive(app(), token, { connection_id: first });
    const newer = await startActive(app(), token, { connection_id: second });
    const newest = async () => (await call(app(), 'GET', '/relay/active', { token })).body.session.session_id;
    assert.equal(await newest(), newer.session_id);
    await call(app(), 'POST', '/relay/stop', { token, body: { connection_id: second } });
    assert.equal(await newest(), older.session_id);
  });

  it('counts the timers at the moment of the answer', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const activatedAt = Date.parse(session.timers.lease_expires_at) - 300_000;
    await app().advanceClock(250);
    const before = app().clock.now().getTime();
    const { timers, usage } = (await call(app(), 'GET', '/relay/active', { token })).body.session;
    const after = app().clock.now().getTime();
    const left = (now: number) => Math.ceil((activatedAt + 57_600_000 - now) / 1000);
    assert.equal(timers.max_session_seconds, 57_600);
    assert.equal(timers.max_session_remaining_seconds <= left(before), true);
    assert.equal(timers.max_session_remaining_seconds >= left(after), true);
    assert.equal(timers.grace_remaining_seconds, 600);
    assert.equal(timers.lease_expires_at, session.timers.lease_expires_at);
    assert.equal(usage.duration_seconds >= 250, true, `${usage.duration_seconds}`);
  });

  it('shows grace from the moment the lease has lapsed, before any job has noticed', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const graceFrom = Date.parse(session.timers.lease_expires_at);
    await app().advanceClock(400);
    const before = app().clock.now().getTime();
    const { body, headers } = await call(app(), 'GET', '/relay/active', { token });
    const after = app().clock.now().getTime();
    assert.equal(body.session.status, 'grace');
    assert.equal(body.session.version, session.version + 1);
    assert.equal(headers.get('ETag'), `W/"${session.session_id}-${session.version + 1}"`);
    assert.equal(body.session.updated_at, session.timers.lease_expires_at);
    const { grace_remaining_seconds, lease_expires_at } = body.session.timers;
    assert.equal(lease_expires_at, null);
    assert.equal(grace_remaining_seconds <= Math.ceil((graceFrom + 600_000 - before) / 1000), true);
    assert.equal(grace_remaining_seconds >= Math.ceil((graceFrom + 600_000 - after) / 1000), true);
    const stored = await app().database('relay_sessions').where({ id: session.session_id }).first('status');
    assert.equal(stored.status, 'active', 'no job has run');
  });

  it('keeps version and ETag through lease renewals', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const first = await call(app(), 'GET', '/relay/active', { token });
    await app().advanceClock(30);
    assert.equal((await heartbeat(app(), token, session)).status, 200);
    const second = await call(app(), 'GET', '/relay/active', { token });
    assert.equal(second.headers.get('ETag'), first.headers.get('ETag'));
    assert.equal(second.body.session.version, first.body.session.version);
    assert.equal(second.body.session.updated_at, first.body.session.updated_at);
    assert.notEqual(second.body.session.timers.lease_expires_at, first.body.session.timers.lease_expires_at);
  });
});
