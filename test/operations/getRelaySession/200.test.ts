import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signIn, signInNewUser, start, startActive, waitForStatus } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { refOf } from '../../support/instances.ts';
import { readSession, startHeld, stop, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('getRelaySession 200', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('tells a live session as getActiveRelay does', async () => {
    const { token } = await signInNewUser(app());
    const { session_id } = await startHeld(app(), token, { connection_id: randomUUID() });
    const active = await call(app(), 'GET', '/relay/active', { token });
    assert.deepEqual(await readSession(app(), token, session_id), active.body.session);
  });

  it('tells a stopped session, its counted time included, without anything secret', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token, { connection_id: randomUUID() });
    await app().advanceClock(100);
    const stopped = await stop(app(), token, { session_id: session.session_id });
    const answer = await call(app(), 'GET', `/relay/sessions/${session.session_id}`, { token });
    assert.equal(answer.status, 200);
    const ended = answer.body.session;
    assert.equal(ended.status, 'stopped');
    assert.equal(ended.connection_id, session.connection_id);
    assert.equal(ended.instance_id, session.instance_id);
    assert.equal(ended.failure, null);
    assert.equal(ended.version, session.version + 1);
    assert.equal(ended.credentials, undefined);
    assert.equal(ended.media_source_url, undefined);
    for (const secret of Object.values<string>(session.credentials)) assert.equal(answer.text.includes(secret), false);
    assert.deepEqual(ended.timers, {
      grace_window_seconds: 600,
      grace_remaining_seconds: 0,
      max_session_seconds: 57_600,
      max_session_remaining_seconds: 0,
      lease_expires_at: null,
    });
    const { started_at, ended_at, duration_seconds } = ended.usage;
    assert.equal(Date.parse(ended_at), Math.floor(Date.parse(stopped.body.stopped_at) / 1000) * 1000);
    assert.equal(duration_seconds, (Date.parse(ended_at) - Date.parse(started_at)) / 1000);
    assert.equal(duration_seconds >= 100, true);
  });

  it('tells a session that ended long ago', async () => {
    const owner = await signInNewUser(app());
    const { session_id } = await startActive(app(), owner.token);
    await stop(app(), owner.token, { session_id });
    const ended = await readSession(app(), owner.token, session_id);
    await app().advanceClock(20 * 86_400);
    const { token } = await signIn(app(), owner.user);
    assert.deepEqual(await readSession(app(), token, session_id), ended);
  });

  it('tells why a launch failed', async () => {
    const failures = [
      { faults: { no_capacity: ['us-east-1'] }, code: 'capacity_unavailable' },
      { faults: { reject_provision: true }, code: 'provision_failed' },
    ];
    for (const { faults, code } of failures) {
      const { token } = await signInNewUser(app());
      await app().provider.faults.set(faults);
      const started = await start(app(), token);
      await waitForStatus(app(), token, started.body.session, 'stopped');
      const { failure, status, usage } = await readSession(app(), token, started.body.session.session_id);
      assert.equal(status, 'stopped');
      assert.equal(failure.code, code);
      assert.match(failure.message, /\w/);
      assert.equal(usage.started_at, null);
      assert.equal(usage.duration_seconds, 0);
      await app().provider.faults.reset();
    }
  });

  it('tells of a launch that takes longer than 180 seconds, from that moment on', async () => {
    const { token } = await signInNewUser(app());
    const { session_id, created_at } = await startHeld(app(), token);
    await app().advanceClock(181);
    const { status, failure, usage } = await readSession(app(), token, session_id);
    assert.deepEqual([status, failure.code], ['stopped', 'provision_timeout']);
    const deadline = Math.floor((Date.parse(created_at) + 180_000) / 1000) * 1000;
    assert.deepEqual(usage, { started_at: null, ended_at: new Date(deadline).toISOString(), duration_seconds: 0 });
  });

  it('tells of a relay that vanished', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await app().provider.deprovision(refOf(session.instance_id));
    await app().worker?.reconcile();
    const { status, failure } = await readSession(app(), token, session.session_id);
    assert.deepEqual([status, failure.code], ['stopped', 'instance_lost']);
  });
});
