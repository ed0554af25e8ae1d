import assert from 'node:assert/strict';
import { migrate, untilStep } from '../operations/migrateRelay/migrate.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { addPoolHost } from '../support/pool-hosts.ts';
import { POOL_KEY } from '../support/pool-lab.ts';
import { type SlsHost, startSlsHost } from '../support/sls-host/index.ts';
import { useApp } from '../support/test-app.ts';

describe('a service whose relays are at a pool of hosts', () => {
  const app = useApp({ env: { RELAY_PROVIDER: 'pool', POOL_API_KEY: POOL_KEY }, ticking: true });
  let hosts: SlsHost[];

  beforeEach(async () => {
    hosts = [];
    // The room that an earlier test left is forgotten.
    await app().advanceClock(16);
    await app().database('pool_assignments').delete();
    await app().database('pool_hosts').delete();
  });
  afterEach(() => Promise.all(hosts.map((host) => host.close())));

  async function startHost(values = {}): Promise<SlsHost> {
    const sls = await startSlsHost({ apiKey: POOL_KEY });
    hosts.push(sls);
    const address = {
      publicIp: sls.ip,
      srtPort: 5000,
      playerPort: 4000,
      statsPort: sls.statsPort,
      slsPort: sls.apiPort,
    };
    await addPoolHost(app().database, { address, ...values });
    return sls;
  }
  const playersOf = (sls: SlsHost) => sls.streams().map(({ player }) => player);

  it('checks a new host by itself, starts a relay there, and takes it down with its session', async () => {
    const sls = await startHost({ health: 'unknown', checkedAt: null });
    await eventually(async () => assert.deepEqual(await app().database('pool_hosts').pluck('health'), ['healthy']));
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    assert.deepEqual(
      [session.relay.public_ip, session.relay.sls_port, session.relay.stats_port],
      [sls.ip, sls.apiPort, sls.statsPort],
    );
    const description = `telemy:${app().config.deploymentName}:${session.session_id}`;
    const { stream_token } = session.credentials;
    assert.deepEqual(sls.streams(), [
      { publisher: `live_${stream_token}`, player: `play_${stream_token}`, description },
    ]);
    const steps = await app()
      .database('relay_provision_steps')
      .where({ session_id: session.session_id })
      .orderBy('reached_at');
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['launching_instance', 'waiting_for_instance', 'starting_containers', 'creating_stream', 'ready'],
    );
    await call(app(), 'POST', '/relay/stop', { token, body: { session_id: session.session_id } });
    await eventually(() => assert.deepEqual(playersOf(sls), []));
    await eventually(async () => assert.deepEqual(await app().database('pool_hosts').pluck('sessions'), [0]));
  });

  it('starts a relay at another host when the one that was chosen does not take it', async () => {
    const good = await startHost();
    await startActive(app(), (await signInNewUser(app())).token);
    // With a session less it comes first.
    const bad = await startHost();
    bad.faults = [{ kind: 'error', status: 401, path: /^\/api\// }];
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    assert.equal(session.relay.public_ip, good.ip);
    assert.equal(playersOf(good).length, 2);
    assert.equal(
      bad.calls.some(({ method }) => method === 'POST'),
      true,
    );
    bad.faults = [];
    await eventually(async () =>
      assert.deepEqual(await app().database('pool_hosts').where({ ip: bad.ip }).pluck('sessions'), [0]),
    );
  });

  it('moves a live relay to a host of another region, and leaves nothing at the old one', async () => {
    const [here, there] = [await startHost(), await startHost({ region: 'eu-west-1' })];
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    assert.equal((await migrate(app(), token, { new_region: 'eu-west-1' })).status, 202);
    const moved = await untilStep(app(), token, session.session_id, 'draining');
    assert.equal(moved.relay.public_ip, there.ip);
    assert.deepEqual([playersOf(here).length, playersOf(there).length], [1, 1]);
    await app().advanceClock(121);
    await app().worker?.endDrains();
    await eventually(() => assert.deepEqual([playersOf(here).length, playersOf(there).length], [0, 1]), {
      timeoutMs: 10_000,
    });
  });
});
