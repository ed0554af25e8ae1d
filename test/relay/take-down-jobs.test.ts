import assert from 'node:assert/strict';
import type { PgBoss } from 'pg-boss';
import { reconcile } from '../../src/features/relay/reconcile-job.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { stopRelay } from '../../src/features/relay/stop-service.ts';
import { createBoss, createJobQueue, type JobQueue, startBoss } from '../../src/jobs/job-queue.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { noteInstance, storeSession } from '../support/stored-sessions.ts';

const QUEUE = 'relay-deprovision';

describe('the jobs of take-downs', () => {
  const lab = useRelayLab();
  let boss: PgBoss;
  let jobs: JobQueue;
  let session: RelaySession;

  before(async () => {
    boss = createBoss(lab().database, { supervise: false, onError: (error) => assert.fail(error) });
    await startBoss(boss, lab().database);
    jobs = createJobQueue(boss);
  });

  after(() => boss.stop({ graceful: false, close: false }));

  beforeEach(async () => {
    await boss.deleteAllJobs(QUEUE);
    await lab().database('relay_sessions').delete();
    await lab().deps.alive.jump();
    lab().provider.instances.clear();
    session = await storeSession(lab().database, lab().clock.now(), await lab().makeUser(), 'active');
    const instanceId = lab().provider.plant({ sessionId: session.id });
    await lab().database('relay_sessions').where({ id: session.id }).update({ instance_id: instanceId });
    await noteInstance(lab().database, lab().clock.now(), session, instanceId, 'running');
  });

  const isPending = () => jobs.isPending(QUEUE, { sessionId: session.id });
  const runReconcile = () => reconcile({ ...lab().deps, jobs }, new Map());
  const stop = () => {
    const target = { userId: session.userId, sessionId: session.id, connectionId: undefined };
    const wish = { reason: 'user_requested', defer: true, actor: { name: 'user' } } as const;
    return stopRelay({ ...lab().deps, jobs }, { ...target, ...wish });
  };

  async function states(): Promise<string[]> {
    const found = await boss.findJobs(QUEUE, { data: { sessionId: session.id } });
    return found.map(({ state }) => state);
  }

  /** Takes one job, as a worker does. */
  async function fetchOne() {
    const [job] = await boss.fetch(QUEUE, { ignoreStartAfter: true });
    assert.ok(job);
    return job;
  }

  it('are one, however often the reconciler runs while the provider cannot take the instance down', async () => {
    await stop();
    for (const expected of ['created', 'active', 'retry', 'active']) {
      if (expected === 'active') await fetchOne();
      if (expected === 'retry') await boss.fail(QUEUE, await activeJob());
      for (let runs = 0; runs < 3; runs += 1) await runReconcile();
      assert.deepEqual(await states(), [expected]);
      assert.equal(await isPending(), true);
    }
  });

  it('are asked for again when one is done and the instance is still there', async () => {
    await stop();
    await boss.complete(QUEUE, await fetchOne());
    assert.equal(await isPending(), false);
    await runReconcile();
    await runReconcile();
    assert.deepEqual((await states()).sort(), ['completed', 'created']);
  });

  it('include that of a stop, though another one is under way that has seen the session live', async () => {
    await lab().database.transaction((trx) => jobs.enqueue(trx, QUEUE, { sessionId: session.id }));
    await fetchOne();
    await stop();
    assert.deepEqual((await states()).sort(), ['active', 'created']);
  });

  it('of another session do not count', async () => {
    await lab().database.transaction((trx) => jobs.enqueue(trx, QUEUE, { sessionId: 'ses_other' }));
    assert.equal(await isPending(), false);
  });

  async function activeJob() {
    const found = await boss.findJobs(QUEUE, { data: { sessionId: session.id } });
    const active = found.find(({ state }) => state === 'active');
    assert.ok(active);
    return active;
  }
});
