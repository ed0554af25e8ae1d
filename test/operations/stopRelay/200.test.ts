import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { refOf } from '../../support/instances.ts';
import { eventsOf, readSession, report, startHeld, stop, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('stopRelay 200', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it('stops an active session and takes its relay down', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const before = app().clock.now();
    const { status, body } = await stop(app(), token, { session_id: session.session_id });
    assert.equal(status, 200);
    const { stopped_at, ...rest } = body;
    assert.deepEqual(rest, { session_id: session.session_id, status: 'stopped' });
    assert.equal(new Date(stopped_at) >= before && new Date(stopped_at) <= app().clock.now(), true, stopped_at);
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204);
    await eventually(async () => {
      const instance = await app().provider.describe(refOf(session.instance_id));
      assert.equal(instance?.state ?? 'terminated', 'terminated');
    });
  });

  it('gives the same answer each time it is repeated, however it is asked', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = randomUUID();
    const { session_id } = await startActive(app(), token, { connection_id });
    const first = await stop(app(), token, { session_id });
    await app().advanceClock(60);
    const bodies = [
      { session_id },
      { connection_id },
      { session_id, connection_id, reason: 'shutdown' },
      { session_id, defer: false },
    ];
    for (const body of bodies) {
      const again = await stop(app(), token, body);
      assert.equal(again.status, 200);
      assert.deepEqual(again.body, first.body);
    }
    const events = await eventsOf(app(), session_id);
    assert.equal(events.filter(({ to_status }) => to_status === 'stopped').length, 1);
  });

  it('stops the session of a connection and no other', async () => {
    const { token } = await signInNewUser(app());
    const [one, two] = [randomUUID(), randomUUID()];
    const stopped = await startActive(app(), token, { connection_id: one });
    const other = await startActive(app(), token, { connection_id: two });
    const { status, body } = await stop(app(), token, { connection_id: one.toUpperCase() });
    assert.equal(status, 200);
    assert.equal(body.session_id, stopped.session_id);
    assert.equal((await readSession(app(), token, other.session_id)).status, 'active');
  });

  it('stops the newest session of a connection, not an earlier one', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = randomUUID();
    const earlier = await startActive(app(), token, { connection_id });
    await stop(app(), token, { connection_id });
    const newest = await startActive(app(), token, { connection_id });
    assert.notEqual(newest.session_id, earlier.session_id);
    assert.equal((await stop(app(), token, { connection_id })).body.session_id, newest.session_id);
  });

  it('takes an empty object for the only live session', async () => {
    const { token } = await signInNewUser(app());
    const ended = await startActive(app(), token, { connection_id: randomUUID() });
    await stop(app(), token, { session_id: ended.session_id });
    const { session_id } = await startActive(app(), token, { connection_id: randomUUID() });
    const { status, body } = await stop(app(), token, {});
    assert.equal(status, 200);
    assert.equal(body.session_id, session_id);
  });

  it('stops a session in grace', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await report(app(), session, { ingest_active: true });
    await report(app(), session, { ingest_active: false });
    assert.equal((await stop(app(), token, {})).status, 200);
    const events = await eventsOf(app(), session.session_id);
    assert.deepEqual([events.at(-1)?.from_status, events.at(-1)?.to_status], ['grace', 'stopped']);
  });

  for (const reason of [undefined, 'user_requested', 'shutdown', 'admin_forced', 'error_recovery']) {
    it(`records who asked, by which request, and the reason ${reason}`, async () => {
      const { token } = await signInNewUser(app());
      const { session_id } = await startActive(app(), token);
      const { body, headers } = await stop(app(), token, { session_id, reason });
      const last = (await eventsOf(app(), session_id)).at(-1);
      assert.deepEqual(
        [last?.from_status, last?.to_status, last?.cause, last?.actor, last?.request_id, last?.at.toISOString()],
        ['active', 'stopped', reason ?? 'user_requested', 'user', headers.get('X-Request-ID'), body.stopped_at],
      );
    });
  }

  it('tells the deadline at which the session had ended before', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    await app().advanceClock(200);
    const { status, body } = await stop(app(), token, { session_id: held.session_id });
    assert.equal(status, 200);
    assert.equal(Date.parse(body.stopped_at), Date.parse(held.created_at) + 180_000);
    const { failure } = await readSession(app(), token, held.session_id);
    assert.equal(failure.code, 'provision_timeout');
  });
});
