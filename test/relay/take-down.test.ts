import assert from 'node:assert/strict';
import { deprovisionSession, StillRunningError } from '../../src/features/relay/deprovision-job.ts';
import { provisionSession } from '../../src/features/relay/provision-job.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { stopRelay } from '../../src/features/relay/stop-service.ts';
import { eventually } from '../support/eventually.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import type { Script } from '../support/scripted-provider.ts';

describe('the take-down', () => {
  const lab = useRelayLab();
  let userId: string;

  beforeEach(async () => {
    userId = await lab().makeUser();
    lab().provider.instances.clear();
    lab().provider.calls.length = 0;
    lab().provider.script.deprovision = 'works';
    lab().jobs.length = 0;
  });

  const takeDown = (session: RelaySession) => deprovisionSession(lab().deps, session.id);
  const instanceRow = (session: RelaySession) =>
    lab().database('relay_instances').where({ session_id: session.id }).first();

  async function startActive(): Promise<RelaySession> {
    const session = await lab().start(userId);
    await provisionSession(lab().deps, session.id, new AbortController().signal);
    return session;
  }

  /** A launch by a worker that ends behind its first call of the provider. */
  async function launchOnce(session: RelaySession, provision: Script['provision']): Promise<void> {
    const { script } = lab().provider;
    script.provision = provision;
    const cut = new AbortController();
    const launch = provisionSession(lab().deps, session.id, cut.signal);
    await eventually(() => assert.equal(lab().provider.calls.length, 1));
    cut.abort(new Error('the worker ends'));
    await assert.rejects(launch);
    script.provision = 'works';
  }

  /** The session has ended, however. */
  async function endRow({ id }: RelaySession): Promise<void> {
    const stopped_at = lab().clock.now();
    await lab().database('relay_sessions').where({ id }).update({ status: 'stopped', stopped_at });
  }

  async function stop(session: RelaySession): Promise<void> {
    const actor = { name: 'user' };
    const target = { userId, sessionId: session.id, connectionId: undefined };
    await stopRelay(lab().deps, { ...target, reason: 'user_requested', defer: true, actor });
  }

  it('is asked for with the stop of a session', async () => {
    const session = await startActive();
    lab().jobs.length = 0;
    await stop(session);
    assert.deepEqual(lab().jobs, [{ name: 'relay-deprovision', sessionId: session.id }]);
  });

  it('ends the instance and notes when it is gone', async () => {
    const session = await startActive();
    await stop(session);
    const now = lab().clock.forward(3);
    await takeDown(session);
    assert.deepEqual(lab().provider.running(), []);
    const { state, terminated_at } = await instanceRow(session);
    assert.deepEqual([state, terminated_at], ['terminated', now]);
  });

  it('is to be run again while the provider fails, and then ends well', async () => {
    const session = await startActive();
    await stop(session);
    lab().provider.script.deprovision = 'fails';
    for (let tries = 0; tries < 3; tries += 1) {
      await assert.rejects(takeDown(session), { message: 'the provider is not well' });
      assert.equal((await instanceRow(session)).state, 'terminating');
    }
    lab().provider.script.deprovision = 'works';
    await takeDown(session);
    assert.equal((await instanceRow(session)).state, 'terminated');
  });

  it('is to be run again until the instance is really gone', async () => {
    const session = await startActive();
    await stop(session);
    lab().provider.script.deprovision = 'is_slow';
    await assert.rejects(takeDown(session), StillRunningError);
    await assert.rejects(takeDown(session), StillRunningError);
    for (const id of lab().provider.running()) lab().provider.lose(id);
    await takeDown(session);
    assert.equal((await instanceRow(session)).state, 'terminated');
  });

  it('does nothing more when everything is gone', async () => {
    const session = await startActive();
    await stop(session);
    await takeDown(session);
    lab().provider.calls.length = 0;
    await takeDown(session);
    assert.deepEqual(lab().provider.calls, []);
  });

  it('leaves a live session alone', async () => {
    const session = await startActive();
    lab().provider.calls.length = 0;
    await takeDown(session);
    assert.deepEqual(lab().provider.calls, []);
    assert.deepEqual(lab().provider.running(), [(await instanceRow(session)).instance_id]);
  });

  it('finds by its tag an instance whose launch was never answered', async () => {
    const session = await lab().start(userId);
    await launchOnce(session, 'loses_answer');
    const made = lab().provider.running();
    assert.equal(made.length, 1);
    lab().clock.forward(180);
    await stop(session);
    await takeDown(session);
    assert.deepEqual(lab().provider.running(), []);
    assert.deepEqual([(await instanceRow(session)).instance_id], made);
  });

  it('waits 60 s for an instance that may still show up, and takes it down then', async () => {
    const session = await lab().start(userId);
    await launchOnce(session, 'fails');
    await endRow(session);
    await assert.rejects(takeDown(session), StillRunningError);
    lab().clock.forward(59.999);
    await assert.rejects(takeDown(session), StillRunningError);
    const late = lab().provider.plant({ sessionId: session.id, token: `${session.id}:1` });
    await takeDown(session);
    assert.deepEqual([lab().provider.running(), (await instanceRow(session)).instance_id], [[], late]);
  });

  it('gives up on an instance that did not show up within 60 s', async () => {
    const session = await lab().start(userId);
    await launchOnce(session, 'fails');
    await endRow(session);
    lab().clock.forward(60);
    await takeDown(session);
    const { state, instance_id } = await instanceRow(session);
    assert.deepEqual([state, instance_id], ['terminated', null]);
  });

  it('tells the provider since when an instance has been there, however long its launch took', async () => {
    const session = await lab().start(userId);
    const { provision, deprovision } = lab().provider;
    const told: (Date | undefined)[] = [];
    lab().provider.provision = (request, placement) => {
      lab().clock.forward(90);
      return provision(request, placement);
    };
    lab().provider.deprovision = (instance) => {
      told.push(instance.requestedAt);
      return deprovision(instance);
    };
    try {
      await provisionSession(lab().deps, session.id, new AbortController().signal);
      const launchedAt = lab().clock.now();
      lab().clock.forward(5);
      await stop(session);
      await takeDown(session);
      assert.deepEqual(told, [launchedAt]);
    } finally {
      Object.assign(lab().provider, { provision, deprovision });
    }
  });

  it('works for a session that was deleted', async () => {
    const session = await startActive();
    await lab().database('users').where({ id: userId }).delete();
    await takeDown(session);
    assert.deepEqual(lab().provider.running(), []);
    assert.equal((await instanceRow(session)).state, 'terminated');
  });
});
