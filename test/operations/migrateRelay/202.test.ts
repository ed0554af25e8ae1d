import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { refOf } from '../../support/instances.ts';
import { readSession, report, stop, untilWaiting, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { migrate, untilStep } from './migrate.ts';

describe('migrateRelay 202', () => {
  const app = useApp();
  useFaults(app);

  it('moves the relay: the session keeps its id, status, credentials and bill, and has a new address', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = randomUUID();
    const before = await startActive(app(), token, { connection_id });
    const answer = await migrate(app(), token, { connection_id, new_region: 'eu-west' });
    assert.equal(answer.status, 202, answer.text);
    const { session } = answer.body;
    assert.deepEqual(session.migration, { new_region: 'eu-west-1', step: 'launching_instance', failure: null });
    assert.deepEqual([session.region, session.relay, session.status], ['us-east-1', before.relay, 'active']);
    assert.equal(session.version, before.version + 1);

    const moved = await untilStep(app(), token, before.session_id, 'draining');
    assert.deepEqual([moved.region, moved.status, moved.session_id], ['eu-west-1', 'active', before.session_id]);
    assert.deepEqual(moved.credentials, before.credentials);
    assert.equal(moved.usage.started_at, before.usage.started_at);
    assert.notEqual(moved.instance_id, before.instance_id);
    assert.notDeepEqual([moved.relay.public_ip, moved.relay.srt_port], [before.relay.public_ip, before.relay.srt_port]);
    assert.ok(moved.sender_url.includes(moved.relay.public_ip));

    await app().advanceClock(120);
    assert.equal(await app().worker?.endDrains(), 1);
    assert.equal((await readSession(app(), token, before.session_id)).migration, null);
    await eventually(async () => {
      const old = await app().provider.describe(refOf(before.instance_id));
      assert.equal(old?.state, 'terminated');
    });
    assert.equal((await app().provider.describe(refOf(moved.instance_id)))?.state, 'running');
  });

  it('is answered again and again for the same region, and launches one relay', async () => {
    const { token } = await signInNewUser(app());
    const { session_id } = await startActive(app(), token);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => migrate(app(), token, { new_region: 'eu-west-1' })),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
    await untilStep(app(), token, session_id, 'draining');
    assert.equal((await migrate(app(), token, { new_region: 'eu-west' })).status, 202, 'while the old one drains, too');
    const instances = await app().database('relay_instances').where({ session_id });
    assert.equal(instances.length, 2);
  });

  it('wakes a poll that waits, by the version', async () => {
    const { token } = await signInNewUser(app());
    const before = await startActive(app(), token);
    const poll = call(app(), 'GET', `/relay/active?wait_seconds=20&since_version=${before.version}`, { token });
    await untilWaiting(app(), 1);
    await migrate(app(), token, { new_region: 'eu-west-1' });
    const { session } = (await poll).body;
    assert.ok(session.version > before.version);
    assert.equal(session.migration.new_region, 'eu-west-1');
  });

  it('counts as no further connection: a plan of one relay may move it', async () => {
    const { token } = await signInNewUser(app(), 'starter');
    const { session_id } = await startActive(app(), token);
    assert.equal((await migrate(app(), token, { new_region: 'eu-west-1' })).status, 202);
    await untilStep(app(), token, session_id, 'draining');
    const { entitlement } = (await call(app(), 'GET', '/auth/session', { token })).body;
    assert.equal(entitlement.active_managed_conns, 1);
  });

  it('takes reports of both relays, and the heartbeat of a plugin that still names the old one', async () => {
    const { token } = await signInNewUser(app());
    const before = await startActive(app(), token);
    const { session_id } = before;
    await migrate(app(), token, { new_region: 'eu-west-1' });
    const moved = await untilStep(app(), token, session_id, 'draining');
    for (const { instance_id } of [before, moved]) {
      assert.equal((await report(app(), { session_id, instance_id }, { ingest_active: false })).status, 200);
      const body = { session_id, instance_id };
      assert.equal((await call(app(), 'POST', '/relay/health', { token, body })).status, 200);
    }
    assert.equal((await readSession(app(), token, session_id)).status, 'active');
  });

  it('is ended by a stop, which takes both relays down', async () => {
    const { token } = await signInNewUser(app());
    const before = await startActive(app(), token);
    await app().provider.faults.set({ hold_step: 'starting_docker' });
    await migrate(app(), token, { new_region: 'eu-west-1' });
    await untilStep(app(), token, before.session_id, 'starting_docker');
    assert.equal((await stop(app(), token, {})).status, 200);
    await eventually(async () => {
      const open = await app()
        .database('relay_instances')
        .where({ session_id: before.session_id })
        .whereNot({ state: 'terminated' });
      assert.deepEqual(open, []);
    });
    assert.deepEqual(
      (await app().provider.list(app().config.deploymentName))
        .map(({ sessionId }) => sessionId)
        .filter((id) => id === before.session_id),
      [],
    );
  });

  it('stays where it is when the new region has no room at launch, says so, and may be asked again', async () => {
    const { token } = await signInNewUser(app());
    const before = await startActive(app(), token);
    await app().provider.faults.set({ reject_provision: true });
    assert.equal((await migrate(app(), token, { new_region: 'eu-west-1' })).status, 202);
    const left = await untilStep(app(), token, before.session_id, 'failed');
    assert.equal(left.migration.failure.code, 'provision_failed');
    assert.deepEqual([left.region, left.relay, left.status], ['us-east-1', before.relay, 'active']);
    await app().provider.faults.reset();
    assert.equal((await migrate(app(), token, { new_region: 'eu-west-1' })).status, 202);
    await untilStep(app(), token, before.session_id, 'draining');
  });
});
