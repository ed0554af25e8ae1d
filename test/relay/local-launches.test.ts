import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start, startActive, waitForStatus } from '../support/factories.ts';
import { type Answer, call } from '../support/http.ts';
import { refOf } from '../support/instances.ts';
import { eventsOf, readSession, startHeld, stop, useFaults } from '../support/relay-calls.ts';
import { useApp } from '../support/test-app.ts';

/** A take-down that fails is repeated by the queue after a second. */
const PATIENCE = { timeoutMs: 15_000 };

describe('launches of local relays, by the jobs themselves', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  let token: string;
  beforeEach(async () => {
    ({ token } = await signInNewUser(app()));
  });

  const faults = () => app().provider.faults;

  /** The instances at the provider that were made for a session and are there. */
  async function instancesOf(sessionId: string): Promise<string[]> {
    const all = await app().provider.list(app().config.deploymentName);
    return all.filter((instance) => instance.sessionId === sessionId).map(({ instanceId }) => instanceId);
  }

  async function startSession(): Promise<Answer['body']> {
    const { status, body } = await start(app(), token);
    assert.equal(status, 201);
    return body.session;
  }

  const untilGone = (sessionId: string) =>
    eventually(async () => {
      assert.deepEqual(await instancesOf(sessionId), []);
      const open = app().database('relay_instances').where({ session_id: sessionId }).whereNot({ state: 'terminated' });
      assert.deepEqual(await open, []);
    }, PATIENCE);

  it('survive a provider that fails for a while', async () => {
    await faults().set({ fail_provision: true });
    const session = await startSession();
    await eventually(() =>
      assert.equal(
        app().logLines.some((line) => line.includes('provision_retry')),
        true,
      ),
    );
    await faults().set({ fail_provision: null });
    const { session_id } = await waitForStatus(app(), token, session, 'active');
    assert.equal((await instancesOf(session_id)).length, 1);
  });

  it('end in provision_failed when the provider rejects them', async () => {
    await faults().set({ reject_provision: true });
    const ended = await waitForStatus(app(), token, await startSession(), 'stopped');
    assert.equal(ended.failure.code, 'provision_failed');
    assert.deepEqual([ended.usage.started_at, ended.usage.duration_seconds], [null, 0]);
    await untilGone(ended.session_id);
  });

  it('end in capacity_unavailable when there is no room', async () => {
    // The start asks a cached answer of at most 15 s; the fault comes behind it.
    await app().advanceClock(16);
    await startActive(app(), (await signInNewUser(app())).token);
    await faults().set({ no_capacity: true });
    const ended = await waitForStatus(app(), token, await startSession(), 'stopped');
    assert.equal(ended.failure.code, 'capacity_unavailable');
    await untilGone(ended.session_id);
  });

  it('have one instance when the answer comes late', async () => {
    await faults().set({ hold_provision_answer: true });
    const session = await startSession();
    const made = await eventually(async () => {
      const found = await instancesOf(session.session_id);
      assert.equal(found.length, 1);
      return found;
    });
    assert.equal((await readSession(app(), token, session.session_id)).instance_id, undefined);
    await faults().set({ hold_provision_answer: null });
    const active = await waitForStatus(app(), token, session, 'active');
    assert.deepEqual([active.instance_id], made);
    assert.deepEqual(await instancesOf(session.session_id), made);
  });

  it('begin again when the instance vanishes while it comes up', async () => {
    const held = await startHeld(app(), token);
    await app().provider.deprovision(refOf(held.instance_id));
    await faults().set({ hold_step: null });
    const active = await waitForStatus(app(), token, held, 'active');
    assert.notEqual(active.instance_id, held.instance_id);
    assert.deepEqual(await instancesOf(held.session_id), [active.instance_id]);
    const tokens = await app().database('relay_instances').where({ session_id: held.session_id }).orderBy('attempt');
    assert.deepEqual(
      tokens.map(({ provision_token }) => provision_token),
      [`${held.session_id}:1`, `${held.session_id}:2`],
    );
  });

  it('end at the next step when a stop was wished for', async () => {
    const held = await startHeld(app(), token);
    const answer = await stop(app(), token, { session_id: held.session_id });
    assert.deepEqual([answer.status, answer.body.stop_deferred], [202, true]);
    const ended = await waitForStatus(app(), token, held, 'stopped');
    assert.equal(ended.failure, null);
    const causes = (await eventsOf(app(), held.session_id)).map(({ cause }) => cause);
    assert.deepEqual(causes, ['started', 'stop_requested']);
    await untilGone(held.session_id);
  });

  it('end in provision_timeout 180 s behind the start, and nothing is left of them', async () => {
    const held = await startHeld(app(), token);
    assert.equal((await instancesOf(held.session_id)).length, 1);
    await app().advanceClock(180);
    await app().worker?.enforceDeadlines();
    const ended = await readSession(app(), token, held.session_id);
    assert.deepEqual([ended.status, ended.failure.code], ['stopped', 'provision_timeout']);
    const [, last] = await eventsOf(app(), held.session_id);
    assert.equal(last?.at.getTime(), Date.parse(held.created_at) + 180_000);
    await untilGone(held.session_id);
  });

  it('end in provision_timeout also when the provider has never answered', async () => {
    await faults().set({ hold_provision_answer: true });
    const session = await startSession();
    await eventually(async () => assert.equal((await instancesOf(session.session_id)).length, 1));
    await app().advanceClock(180);
    await app().worker?.enforceDeadlines();
    assert.equal((await readSession(app(), token, session.session_id)).failure.code, 'provision_timeout');
    await untilGone(session.session_id);
  });

  it('are taken down until it is done, though the provider fails at first', async () => {
    const session = await startActive(app(), token);
    const deprovision = app().provider.deprovision;
    let failures = 0;
    app().provider.deprovision = (instance) => {
      if (failures >= 1) return deprovision(instance);
      failures += 1;
      return Promise.reject(new Error('not now'));
    };
    try {
      assert.equal((await stop(app(), token, { session_id: session.session_id })).status, 200);
      await untilGone(session.session_id);
    } finally {
      app().provider.deprovision = deprovision;
    }
    assert.equal(failures, 1);
  });

  it('are told by the manifest, region by region', async () => {
    const { status, body } = await call(app(), 'GET', '/relay/manifest', { token });
    assert.equal(status, 200);
    assert.deepEqual(
      body.regions.map(({ region, ami_id, default_instance_type }: Record<string, string>) => [
        region,
        ami_id,
        default_instance_type,
      ]),
      [
        ['us-east-1', 'local-stand-in', 'process'],
        ['eu-west-1', 'local-stand-in', 'process'],
      ],
    );
  });
});
