import assert from 'node:assert/strict';
import { checkHosts, observePool } from '../../src/features/relay/providers/pool/health.ts';
import type { PoolHost } from '../../src/features/relay/providers/pool/host.ts';
import { CapacityUnavailableError } from '../../src/features/relay/providers/provider.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { NO_PLACEMENT } from '../support/instances.ts';
import { provisionRequest } from '../support/local-relays.ts';
import { usePoolLab } from '../support/pool-lab.ts';
import type { SlsHost } from '../support/sls-host/index.ts';

describe('the checks of the hosts of a pool', () => {
  const pool = usePoolLab();
  let host: PoolHost;
  let sls: SlsHost;

  const start = async (values: Partial<PoolHost> = {}) => {
    ({ host, sls } = await pool().startHost(values));
  };
  /** The next check of every host; answers what ours counts as then. */
  async function check(): Promise<string> {
    pool().clock.forward(60);
    await checkHosts(pool().parts);
    return (await pool().row(host)).health;
  }
  const checks = () => sls.calls.filter(({ path }) => path === '/health').length;

  it('make a new host healthy by the first success, at once and not only after a minute', async () => {
    await start({ health: 'unknown', checkedAt: null });
    assert.equal(await checkHosts(pool().parts), 1);
    assert.equal((await pool().row(host)).health, 'healthy');
  });

  it('make a host unhealthy by the third failure in a row, and healthy again by the second success in a row', async () => {
    await start();
    await sls.goDown();
    assert.deepEqual([await check(), await check(), await check()], ['healthy', 'healthy', 'unhealthy']);
    assert.equal(await check(), 'unhealthy');
    await sls.comeUp();
    assert.deepEqual([await check(), await check()], ['unhealthy', 'healthy']);
  });

  it('count in a row only: a success in between begins anew, and so does a failure', async () => {
    await start();
    const outcomes: string[] = [];
    for (const isUp of [false, false, true, false, false, true, false, false, false, true, false, true, true]) {
      await (isUp ? sls.comeUp() : sls.goDown());
      outcomes.push((await check()).replace('healthy', ''));
    }
    assert.deepEqual(outcomes, ['', '', '', '', '', '', '', '', 'un', 'un', 'un', 'un', '']);
  });

  it('leave a host unknown that never answered, and call it unhealthy after three failures', async () => {
    await start({ health: 'unknown', checkedAt: null });
    await sls.goDown();
    assert.deepEqual([await check(), await check(), await check()], ['unknown', 'unknown', 'unhealthy']);
  });

  for (const [what, fault] of [
    ['says 500', { kind: 'error' }],
    ['says 429', { kind: 'throttled' }],
    ['never answers', { kind: 'hang' }],
    ['cuts the connection', { kind: 'down' }],
  ] as const) {
    it(`take a host for failing that ${what}, within their time limit`, async () => {
      await start();
      sls.faults = [{ ...fault, path: /^\/health$/ }];
      await check();
      assert.equal((await pool().row(host)).failures, 1);
    });
  }

  it('take a host for failing that does not take our key', async () => {
    await start();
    sls.faults = [{ kind: 'error', status: 401, path: /^\/api\// }];
    assert.deepEqual([await check(), await check(), await check()], ['healthy', 'healthy', 'unhealthy']);
  });

  it('come every 60 s for a host that is as it counts, every 15 s for one in doubt', async () => {
    await start();
    const { clock, parts } = pool();
    clock.forward(59.999);
    assert.equal(await checkHosts(parts), 0);
    clock.forward(0.001);
    assert.equal(await checkHosts(parts), 1);
    await sls.goDown();
    clock.forward(60);
    assert.equal(await checkHosts(parts), 1);
    clock.forward(14.999);
    assert.equal(await checkHosts(parts), 0);
    clock.forward(0.001);
    assert.equal(await checkHosts(parts), 1);
    clock.forward(15);
    assert.equal(await checkHosts(parts), 1);
    assert.equal((await pool().row(host)).health, 'unhealthy');
    clock.forward(59);
    assert.equal(await checkHosts(parts), 0);
  });

  it('are made once though five workers begin at the same moment', async () => {
    await start();
    await Promise.all(Array.from({ length: 20 }, () => pool().addHost({ health: 'healthy' })));
    pool().clock.forward(60);
    const workers = [pool().parts, ...Array.from({ length: 4 }, () => pool().another())];
    const counts = await Promise.all(workers.map(checkHosts));
    assert.equal(
      counts.reduce((sum, one) => sum + one),
      21,
    );
    assert.equal(checks(), 1);
  });

  it('get to every host in one run, however many there are, the slow ones at the same time', async () => {
    await start();
    sls.faults = [{ kind: 'hang', path: /^\/health$/ }];
    const hung = await Promise.all(Array.from({ length: 10 }, () => pool().startHost()));
    for (const each of hung) each.sls.faults = [{ kind: 'hang' }];
    for (let count = 0; count < 50; count += 1)
      await pool().addHost({ address: { ...host.address, slsPort: 20 + count } });
    pool().clock.forward(60);
    const begun = performance.now();
    assert.equal(await checkHosts(pool().parts), 61);
    assert.equal(performance.now() - begun < 11 * 300, true);
  });

  it('keep new sessions away from a host that went bad, and let them back when it is well again', async () => {
    await start();
    const provision = () => pool().provider.provision(provisionRequest(), NO_PLACEMENT);
    await provision();
    await sls.goDown();
    for (let count = 0; count < 3; count += 1) await check();
    await assert.rejects(provision(), CapacityUnavailableError);
    await sls.comeUp();
    for (let count = 0; count < 2; count += 1) await check();
    await provision();
    assert.equal((await pool().row(host)).sessions, 2);
  });

  it('do not touch the sessions of a host that went bad', async () => {
    await start();
    const made = await pool().provider.provision(provisionRequest(), NO_PLACEMENT);
    await sls.goDown();
    for (let count = 0; count < 3; count += 1) await check();
    assert.deepEqual(await pool().provider.describe(made), made);
  });

  it('are told to the metrics: hosts by state and health, places taken, free and withheld', async () => {
    await pool().addHost({ maxSessions: 10, sessions: 4 });
    await pool().addHost({ maxSessions: 10, sessions: 1 });
    await pool().addHost({ maxSessions: 7, sessions: 2, state: 'draining' });
    await pool().addHost({ maxSessions: 5, health: 'unhealthy', region: 'eu-west-1' });
    const metrics = createMetrics();
    await observePool(pool().parts, metrics);
    await observePool(pool().parts, metrics);
    const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('telemy_pool_'));
    assert.deepEqual(lines.sort(), [
      'telemy_pool_hosts{region="eu-west-1",state="open",health="unhealthy"} 1',
      'telemy_pool_hosts{region="us-east-1",state="draining",health="healthy"} 1',
      'telemy_pool_hosts{region="us-east-1",state="open",health="healthy"} 2',
      'telemy_pool_places{region="eu-west-1",use="taken"} 0',
      'telemy_pool_places{region="eu-west-1",use="withheld"} 5',
      'telemy_pool_places{region="us-east-1",use="free"} 15',
      'telemy_pool_places{region="us-east-1",use="taken"} 7',
      'telemy_pool_places{region="us-east-1",use="withheld"} 5',
    ]);
  });
});
