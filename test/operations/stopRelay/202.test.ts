import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, waitForStatus } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { eventsOf, readSession, startHeld, stop, useFaults } from '../../support/relay-calls.ts';
import { startTestApp, type TestApp, useApp } from '../../support/test-app.ts';

describe('stopRelay 202', () => {
  const app = useApp();
  useFaults(app);

  it('records the wish while the relay is launched, and ends the launch at its next step', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    const { session_id } = held;
    const { status, body } = await stop(app(), token, { session_id });
    assert.equal(status, 202);
    assert.deepEqual(body, { session_id, status: 'provisioning', stop_deferred: true });
    await app().provider.faults.set({ hold_step: null });
    const ended = await waitForStatus(app(), token, held, 'stopped');
    assert.equal(ended.failure, null);
    assert.deepEqual([ended.usage.started_at, ended.usage.duration_seconds], [null, 0]);
    const events = await eventsOf(app(), session_id);
    assert.deepEqual(
      events.map(({ from_status, to_status, cause }) => [from_status, to_status, cause]),
      [
        [null, 'provisioning', 'started'],
        ['provisioning', 'stopped', 'stop_requested'],
      ],
    );
  });

  it('ends a launch that makes no progress, too', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    assert.equal((await stop(app(), token, {})).status, 202);
    const ended = await waitForStatus(app(), token, held, 'stopped');
    assert.deepEqual([ended.provision_step, ended.failure], ['starting_docker', null]);
  });

  it('gives the final answer once the wish was honoured', async () => {
    const { token } = await signInNewUser(app());
    const held = await startHeld(app(), token);
    const { session_id } = held;
    await stop(app(), token, { session_id });
    await waitForStatus(app(), token, held, 'stopped');
    const { status, body } = await stop(app(), token, { session_id });
    assert.equal(status, 200);
    assert.equal(body.status, 'stopped');
  });
});

describe('stopRelay 202, a wish that waits', () => {
  // No worker: the launch goes no further until a test starts one.
  const app = useApp({ roles: ['api'] });
  let worker: TestApp | undefined;
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
  });
  const startWorker = async () => {
    worker = await startTestApp({ roles: ['worker'], databaseUrl: app().databaseUrl });
  };

  /** A session that is being launched, and the key and connection of its start. */
  async function startNew(token: string): Promise<{ session: Answer['body']; key: string; connection_id: string }> {
    const [key, connection_id] = [randomUUID(), randomUUID()];
    const { body } = await start(app(), token, { connection_id }, key);
    return { session: body.session, key, connection_id };
  }

  it('is answered the same however often it is repeated, and changes nothing that can be seen', async () => {
    const { token } = await signInNewUser(app());
    const { session, connection_id } = await startNew(token);
    const { session_id } = session;
    const bodies = [{ session_id }, { connection_id }, {}, { session_id, reason: 'shutdown', defer: true }];
    for (const body of bodies) {
      const answer = await stop(app(), token, body);
      assert.equal(answer.status, 202);
      assert.deepEqual(answer.body, { session_id, status: 'provisioning', stop_deferred: true });
    }
    assert.deepEqual(await readSession(app(), token, session_id), session);
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 200, 'it is live until then');
  });

  it('is honoured by a worker that starts later', async () => {
    const { token } = await signInNewUser(app());
    const { session } = await startNew(token);
    await stop(app(), token, {});
    await startWorker();
    await waitForStatus(app(), token, session, 'stopped');
    const instances = await app().database('relay_instances').where({ session_id: session.session_id });
    assert.deepEqual(instances, [], 'nothing was launched');
  });

  it('is taken back by a start of the connection with a new key', async () => {
    const { token } = await signInNewUser(app());
    const { session, connection_id } = await startNew(token);
    assert.equal((await stop(app(), token, { connection_id })).status, 202);
    const again = await start(app(), token, { connection_id });
    assert.equal(again.status, 200);
    assert.equal(again.body.session.session_id, session.session_id);
    await startWorker();
    await waitForStatus(app(), token, session, 'active');
  });

  it('is not taken back by a replayed key, nor by a start of another connection', async () => {
    const { token } = await signInNewUser(app());
    const { session, key, connection_id } = await startNew(token);
    assert.equal((await stop(app(), token, { connection_id })).status, 202);
    const replay = await start(app(), token, { connection_id }, key);
    assert.equal(replay.headers.get('Idempotent-Replayed'), 'true');
    assert.equal((await start(app(), token, { connection_id: randomUUID() })).status, 201);
    await startWorker();
    await waitForStatus(app(), token, session, 'stopped');
  });

  it('counts again when it comes after a start that took it back', async () => {
    const { token } = await signInNewUser(app());
    const { session, connection_id } = await startNew(token);
    await stop(app(), token, { connection_id });
    await start(app(), token, { connection_id });
    assert.equal((await stop(app(), token, { connection_id })).status, 202);
    await startWorker();
    await waitForStatus(app(), token, session, 'stopped');
  });
});
