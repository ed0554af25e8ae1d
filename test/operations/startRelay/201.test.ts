import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signIn, signInNewUser, start, waitForStatus } from '../../support/factories.ts';
import { readSession, stop, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('startRelay 201', () => {
  const app = useApp();
  useFaults(app);

  it('makes a session and answers before its relay is up', async () => {
    const { token, login } = await signInNewUser(app());
    const { status, body, headers } = await start(app(), token);
    assert.equal(status, 201);
    assert.equal(headers.get('Idempotent-Replayed'), null);
    const { session_id, credentials, created_at, updated_at, ...session } = body.session;
    assert.match(session_id, /^ses_[0-9a-f]{32}$/);
    assert.deepEqual(session, {
      status: 'provisioning',
      provision_step: 'launching_instance',
      region: 'us-east-1',
      relay: { srt_port: 5000, player_port: 4000, stats_port: 5080, sls_port: 8090 },
      timers: {
        grace_window_seconds: 600,
        grace_remaining_seconds: 600,
        max_session_seconds: 57_600,
        max_session_remaining_seconds: 57_600,
        lease_expires_at: null,
      },
      usage: { started_at: null, ended_at: null, duration_seconds: 0 },
      failure: null,
      migration: null,
      version: 1,
    });
    assert.equal(credentials.stream_token, login.body.stream_slots[0].stream_token);
    assert.equal(new Set(Object.values(credentials)).size, 3, 'the secrets differ');
    assert.equal(updated_at, created_at);
  });

  it('brings the relay up, with every step of the launch and its time kept', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = randomUUID();
    const started = await start(app(), token, { connection_id });
    const session = await waitForStatus(app(), token, started.body.session, 'active');
    assert.equal(session.session_id, started.body.session.session_id);
    assert.equal(session.connection_id, connection_id);
    assert.equal(session.provision_step, 'ready');
    assert.equal(session.instance_id, session.relay.instance_id);
    assert.deepEqual(session.credentials, started.body.session.credentials);
    const { public_ip, srt_port, player_port } = session.relay;
    assert.equal(session.sender_url, `srtla://${public_ip}:${srt_port}`);
    assert.equal(
      session.media_source_url,
      `srt://${public_ip}:${player_port}?streamid=play_${session.credentials.stream_token}`,
    );
    const steps = await app()
      .database('relay_provision_steps')
      .where({ session_id: session.session_id })
      .orderBy('reached_at');
    const names = steps.map((row) => row.step);
    assert.equal(names[0], 'launching_instance');
    assert.equal(names.at(-1), 'ready');
    assert.deepEqual(new Set(names).size, names.length, 'each step once');
  });

  for (const [preference, region] of [
    [undefined, 'us-east-1'],
    ['', 'us-east-1'],
    ['auto', 'us-east-1'],
    ['us-east', 'us-east-1'],
    ['us-east-1', 'us-east-1'],
    ['eu-west', 'eu-west-1'],
    ['eu-west-1', 'eu-west-1'],
  ]) {
    it(`takes the region_preference ${JSON.stringify(preference)} for ${region}`, async () => {
      const { token } = await signInNewUser(app());
      const { status, body } = await start(app(), token, { region_preference: preference });
      assert.equal(status, 201);
      assert.equal(body.session.region, region);
    });
  }

  it('takes free text as mode, and fields that it does not know', async () => {
    const { token } = await signInNewUser(app());
    const client_context = { obs_connected: true, mode: 'anything at all', requested_by: 'someone', mood: 'good' };
    const { status } = await start(app(), token, { client_context, wish: { for: 'more' } });
    assert.equal(status, 201);
  });

  it('makes a session for each user of one connection id', async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    const connection_id = randomUUID();
    const answers = [
      await start(app(), mia.token, { connection_id }),
      await start(app(), ben.token, { connection_id }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201],
    );
    assert.notEqual(answers[0]?.body.session.session_id, answers[1]?.body.session.session_id);
  });

  it('counts a start without a connection as a connection of its own', async () => {
    const { token } = await signInNewUser(app());
    assert.equal((await start(app(), token, { connection_id: randomUUID() })).status, 201);
    assert.equal((await start(app(), token)).status, 201);
    assert.equal((await start(app(), token)).status, 200);
  });

  it('makes a new session for a connection whose last one is stopped', async () => {
    const { token } = await signInNewUser(app(), 'starter');
    const connection_id = randomUUID();
    const first = await start(app(), token, { connection_id });
    await waitForStatus(app(), token, first.body.session, 'active');
    await stop(app(), token, { connection_id });
    const second = await start(app(), token, { connection_id });
    assert.equal(second.status, 201);
    assert.notEqual(second.body.session.session_id, first.body.session.session_id);
  });

  it('forgets a key after an hour: it makes a new session then', async () => {
    const owner = await signInNewUser(app());
    const key = randomUUID();
    const first = await start(app(), owner.token, {}, key);
    await app().advanceClock(3_580);
    const { token } = await signIn(app(), owner.user);
    assert.equal((await start(app(), token, {}, key)).headers.get('Idempotent-Replayed'), 'true');
    await app().advanceClock(20);
    const second = await start(app(), token, {}, key);
    assert.equal(second.status, 201);
    assert.notEqual(second.body.session.session_id, first.body.session.session_id);
  });

  it('accepts a start in a region that turns out to be full, and tells of it in failure', async () => {
    const { token } = await signInNewUser(app());
    await app().provider.faults.set({ no_capacity: ['us-east-1'] });
    const started = await start(app(), token, { region_preference: 'us-east-1' });
    assert.equal(started.status, 201, 'another region has room');
    const session = await waitForStatus(app(), token, started.body.session, 'stopped');
    assert.equal(session.failure.code, 'capacity_unavailable');
    assert.match(session.failure.message, /us-east-1/);
    assert.equal(session.usage.duration_seconds, 0);
    assert.equal((await readSession(app(), token, session.session_id)).credentials, undefined);
    assert.equal((await start(app(), token, { region_preference: 'eu-west-1' })).status, 201);
  });
});
