import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start } from '../support/factories.ts';
import type { Answer } from '../support/http.ts';
import { readSession, stop } from '../support/relay-calls.ts';
import { startTestApp, type TestApp } from '../support/test-app.ts';
import { type AppProcess, startAppProcess } from './app-process.ts';

/** Within how long a launch has to go on, or to have failed, after its worker died, in milliseconds. */
const WITHIN = { timeoutMs: 60_000, intervalMs: 100 };

describe('Compared with the Go service: crashes', () => {
  const DEPLOYMENT_NAME = `crashes-${randomUUID().slice(0, 8)}`;
  /** Serves reads all along; it does no background work. */
  let api: TestApp;
  let service: AppProcess | undefined;
  let worker: TestApp | undefined;
  before(async () => {
    api = await startTestApp({ roles: ['api'], env: { DEPLOYMENT_NAME } });
  });
  afterEach(async () => {
    await service?.end('SIGKILL');
    await api.provider.faults.reset();
    await worker?.stop();
    worker = undefined;
  });
  after(() => api.stop());

  const startWorker = async (): Promise<TestApp> => {
    worker = await startTestApp({ roles: ['worker'], databaseUrl: api.databaseUrl, env: { DEPLOYMENT_NAME } });
    return worker;
  };
  const instances = () => api.provider.list(DEPLOYMENT_NAME);

  /** Lets the service die in the middle of a launch. */
  async function dieWhileProvisioning(
    signal: 'SIGKILL' | 'SIGTERM',
  ): Promise<{ token: string; session: Answer['body']; exitCode: number | null }> {
    const { token } = await signInNewUser(api);
    await api.provider.faults.set({ hold_step: 'starting_containers' });
    const { dataDir } = api.config;
    service = await startAppProcess({ DATABASE_URL: api.databaseUrl, DATA_DIR: dataDir, DEPLOYMENT_NAME });
    const started = await start({ ...api, url: service.url }, token);
    const session = await eventually(async () => {
      const present = await readSession(api, token, started.body.session.session_id);
      assert.equal(present.provision_step, 'starting_containers');
      return present;
    });
    const exitCode = await service.end(signal);
    assert.equal((await readSession(api, token, session.session_id)).status, 'provisioning');
    assert.equal((await instances()).length, 1);
    await api.provider.faults.reset();
    return { token, session, exitCode };
  }

  /** Waits until the launch has come to its good end, with the instance that it began with. */
  async function assertResumed(token: string, session: Answer['body']): Promise<void> {
    const active = await eventually(async () => {
      const present = await readSession(api, token, session.session_id);
      assert.equal(present.status, 'active');
      return present;
    }, WITHIN);
    assert.equal(active.instance_id, session.instance_id);
    const ids = (await instances()).map(({ instanceId }) => instanceId);
    assert.deepEqual(ids, [session.instance_id], 'nothing was launched twice');
    await stop(api, token, {});
    await eventually(async () => assert.deepEqual(await instances(), []));
  }

  it('kill -9 while provisioning: resumed within 60 s, nothing leaked', async () => {
    const { token, session } = await dieWhileProvisioning('SIGKILL');
    await startWorker();
    await assertResumed(token, session);
  }).timeout(90_000);

  it('SIGTERM while provisioning: ends in order, resumed within 60 s, nothing leaked', async () => {
    const { token, session, exitCode } = await dieWhileProvisioning('SIGTERM');
    assert.equal(exitCode, 0);
    await startWorker();
    await assertResumed(token, session);
  }).timeout(90_000);

  it('kill -9 while provisioning, back when its time is over: cleanly failed, nothing leaked', async () => {
    const { token, session } = await dieWhileProvisioning('SIGKILL');
    const { clock, worker: runs } = await startWorker();
    clock.advance(181_000);
    await runs?.enforceDeadlines();
    const { status, failure, usage } = await readSession(api, token, session.session_id);
    assert.deepEqual([status, failure.code, usage.duration_seconds], ['stopped', 'provision_timeout', 0]);
    await eventually(async () => assert.deepEqual(await instances(), []), WITHIN);
  }).timeout(90_000);
});
