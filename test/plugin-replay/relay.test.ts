import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../support/eventually.ts';
import { type SignedIn, signInNewUser } from '../support/factories.ts';
import { useFaults } from '../support/relay-calls.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';
import { createPlugin, type PluginAnswer, stopText } from './plugin.ts';

describe('The shipped plugin and its relay', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  /** Starts a connection and polls, as the plugin does, until its relay is active. */
  async function startConnection(): Promise<{ owner: SignedIn; connectionId: string; session: PluginAnswer['body'] }> {
    const plugin = createPlugin(app());
    const owner = await signInNewUser(app());
    const connectionId = randomUUID();
    const started = await plugin.startRelay(owner.token, randomUUID(), { region: '', connectionId });
    assert.equal(started.status, 201);
    const session = await untilActive(owner.token, connectionId);
    return { owner, connectionId, session };
  }

  const untilActive = (token: string, connectionId: string): Promise<PluginAnswer['body']> =>
    eventually(async () => {
      const { status, body } = await createPlugin(app()).activeRelay(token, connectionId);
      assert.equal(status, 200);
      assert.equal(body.session.status, 'active');
      return body.session;
    });

  for (const region of ['', 'us-east'] as const) {
    it(`starts with the region ${JSON.stringify(region)}, polls until active, and reads what it needs`, async () => {
      const plugin = createPlugin(app());
      const { token, login } = await signInNewUser(app());
      const connectionId = randomUUID();
      const streamToken = login.body.stream_slots[1].stream_token;
      assert.equal((await plugin.activeRelay(token, connectionId)).status, 204, 'none yet');

      const started = await plugin.startRelay(token, randomUUID(), { region, connectionId, streamToken });
      assert.equal(started.status, 201);
      assert.equal(started.body.session.status, 'provisioning');
      assert.match(started.body.session.provision_step, /^[a-z_]+$/);

      const session = await untilActive(token, connectionId);
      assert.equal(session.session_id, started.body.session.session_id);
      assert.equal(session.region, 'us-east-1');
      assert.equal(session.provision_step, 'ready');
      assert.match(session.instance_id, /./);
      const { public_ip, srt_port, relay_hostname } = session.relay;
      assert.match(public_ip, /^127\.\d+\.\d+\.\d+$/);
      assert.equal(relay_hostname, undefined, 'no relay domain is configured');
      assert.equal(session.sender_url, `srtla://${public_ip}:${srt_port}`);
      const player = `srt://${public_ip}:${session.relay.player_port}?streamid=play_${streamToken}`;
      assert.equal(session.media_source_url, player);
      assert.match(session.credentials.pair_token, /./);
      assert.equal(session.credentials.stream_token, streamToken);
      assert.deepEqual([session.timers.grace_window_seconds, session.timers.max_session_seconds], [600, 57_600]);
    });
  }

  it('starts without a connection and a token, as its first versions did', async () => {
    const { token } = await signInNewUser(app());
    const started = await createPlugin(app()).startRelay(token, randomUUID(), { region: 'us-east' });
    assert.equal(started.status, 201);
    assert.equal(started.body.session.connection_id, undefined);
  });

  it('meets its live relay again when OBS loads anew and starts with a new key', async () => {
    const { owner, connectionId, session } = await startConnection();
    const start = { region: 'us-east', connectionId, streamToken: session.credentials.stream_token } as const;
    const { status, body } = await createPlugin(app()).startRelay(owner.token, randomUUID(), start);
    assert.equal(status, 200);
    assert.deepEqual([body.session.session_id, body.session.status], [session.session_id, 'active']);
  });

  it('keeps its relay by heartbeats, with its bearer token alone or a key beside it', async () => {
    const plugin = createPlugin(app());
    const { owner, session } = await startConnection();
    for (const relayAuth of [undefined, TEST_SECRETS.RELAY_SHARED_KEY, randomBytes(32).toString('base64url')]) {
      await app().advanceClock(200);
      const { status, body } = await plugin.heartbeat(owner.token, session.session_id, session.instance_id, relayAuth);
      assert.deepEqual([status, body.ok, body.status], [200, true, 'active']);
    }
  });

  it('stops its relay, and learns from the next heartbeat that it is gone', async () => {
    const plugin = createPlugin(app());
    const { owner, connectionId, session } = await startConnection();
    const stopped = await plugin.stopRelay(owner.token, session.session_id);
    assert.equal(stopped.status, 200);
    assert.equal(stopped.body.status, 'stopped');
    const beat = await plugin.heartbeat(owner.token, session.session_id, session.instance_id);
    assert.deepEqual([beat.status, beat.body.error.code], [404, 'not_found']);
    assert.equal((await plugin.activeRelay(owner.token, connectionId)).status, 204);
    assert.equal((await plugin.stopRelay(owner.token, session.session_id)).status, 200, 'once more does no harm');
  });

  it('moves its connection to another region, and finds the new address by its polls under the same session', async () => {
    const plugin = createPlugin(app());
    const { owner, connectionId, session } = await startConnection();
    const moved = await plugin.migrateRelay(owner.token, connectionId, 'eu-west');
    assert.equal(moved.status, 202);
    await eventually(async () => {
      const { body } = await plugin.activeRelay(owner.token, connectionId);
      const { session_id, status, region, sender_url, relay } = body.session;
      assert.deepEqual([session_id, status, region], [session.session_id, 'active', 'eu-west-1']);
      assert.notEqual(sender_url, session.sender_url);
      assert.notEqual(relay.public_ip, session.relay.public_ip);
    });
    const beat = await plugin.heartbeat(owner.token, session.session_id, session.instance_id);
    assert.equal(beat.status, 200, 'with the instance that it knew');
  });

  it('removes a connection while its relay is launched: any 2xx, and the relay is gone soon', async () => {
    const plugin = createPlugin(app());
    const { token } = await signInNewUser(app());
    const connectionId = randomUUID();
    await app().provider.faults.set({ hold_step: 'starting_docker' });
    const { body } = await plugin.startRelay(token, randomUUID(), { region: '', connectionId });
    const { session_id } = body.session;
    const stopped = await plugin.stopRelay(token, session_id);
    assert.deepEqual([stopped.status, stopped.body.stop_deferred], [202, true]);
    await app().provider.faults.set({ hold_step: null });
    await eventually(async () => assert.equal((await plugin.activeRelay(token, connectionId)).status, 204));
  });

  it('sends one stop when OBS exits, and does not stay for the answer', async () => {
    const { owner, connectionId, session } = await startConnection();
    const text = stopText(session.session_id);
    const { host, hostname, port } = new URL(app().url);
    const socket = connect(Number(port), hostname);
    socket.end(
      `POST /api/v1/relay/stop HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${owner.token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
    await once(socket, 'finish');
    socket.destroy();
    const plugin = createPlugin(app());
    await eventually(async () => assert.equal((await plugin.activeRelay(owner.token, connectionId)).status, 204));
  });
});
