import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { findRelayHost } from '../../src/features/relay/providers/local/host-process.ts';
import type { LocalProvider } from '../../src/features/relay/providers/local/index.ts';
import { InvalidFaultsError, stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import {
  CapacityUnavailableError,
  type InstanceDescription,
  ProviderRejectedError,
  type ProvisionRequest,
  type RelayAddress,
} from '../../src/features/relay/providers/provider.ts';
import { PROVISION_STEPS } from '../../src/features/relay/session.ts';
import { eventually } from '../support/eventually.ts';
import { NO_PLACEMENT, refOf } from '../support/instances.ts';
import { createLocalRelays, type HealthServer, type LocalRelays, provisionRequest } from '../support/local-relays.ts';

type Ready = InstanceDescription & { address: RelayAddress };

describe('local provider', () => {
  let relays: LocalRelays;
  let provider: LocalProvider;

  beforeEach(async () => {
    relays = await createLocalRelays();
    await relays.startHost();
    provider = relays.createProvider();
  });

  afterEach(async () => await relays.cleanUp());

  async function untilStep(instanceId: string, step: string): Promise<InstanceDescription> {
    return await eventually(async () => {
      const instance = await provider.describe(refOf(instanceId));
      assert.equal(instance?.step, step);
      return instance as InstanceDescription;
    });
  }

  async function ready(request: ProvisionRequest = provisionRequest()): Promise<Ready> {
    const { instanceId } = await provider.provision(request, NO_PLACEMENT);
    const instance = await untilStep(instanceId, 'ready');
    assert.ok(instance.address);
    return instance as Ready;
  }

  it('makes one instance of a token, however often it is asked', async () => {
    const request = provisionRequest();
    const first = await provider.provision(request, NO_PLACEMENT);
    assert.match(first.instanceId, /^local-[0-9a-f]{24}$/);
    assert.equal(first.step, 'waiting_for_instance');
    const answers = await Promise.all(Array.from({ length: 20 }, () => provider.provision(request, NO_PLACEMENT)));
    assert.deepEqual(new Set(answers.map(({ instanceId }) => instanceId)), new Set([first.instanceId]));
    assert.equal((await provider.list('test')).length, 1);
    await provider.deprovision(refOf(first.instanceId));
    assert.equal((await provider.provision(request, NO_PLACEMENT)).state, 'terminated');
  });

  it('makes one instance of a token that is asked for 20 times at once', async () => {
    const request = provisionRequest();
    const answers = await Promise.all(Array.from({ length: 20 }, () => provider.provision(request, NO_PLACEMENT)));
    assert.equal(new Set(answers.map(({ instanceId }) => instanceId)).size, 1);
  });

  it('refuses a token that was used for another session, and a region that it does not have', async () => {
    const request = provisionRequest();
    await provider.provision(request, NO_PLACEMENT);
    await assert.rejects(
      provider.provision({ ...request, sessionId: 'ses_other' }, NO_PLACEMENT),
      ProviderRejectedError,
    );
    await assert.rejects(
      provider.provision(provisionRequest({ region: 'mars-1' }), NO_PLACEMENT),
      ProviderRejectedError,
    );
    await assert.rejects(
      provider.provision(provisionRequest({ healthUrl: 'nonsense' }), NO_PLACEMENT),
      ProviderRejectedError,
    );
  });

  it('goes through the steps in order, with an address from the moment it runs', async () => {
    let instanceId: string | undefined;
    for (const hold_step of PROVISION_STEPS.slice(0, -1)) {
      await provider.faults.set({ hold_step });
      instanceId ??= (await provider.provision(provisionRequest(), NO_PLACEMENT)).instanceId;
      const { state, address } = await untilStep(instanceId, hold_step);
      const isUp = hold_step !== 'launching_instance' && hold_step !== 'waiting_for_instance';
      assert.equal(state, isUp ? 'running' : 'pending');
      assert.equal(address !== undefined, isUp);
    }
    await provider.faults.reset();
    assert.equal((await untilStep(instanceId ?? '', 'ready')).state, 'running');
  });

  it('answers at the address it tells, in the formats of the real servers', async () => {
    const relay = await ready(provisionRequest({ streamToken: 'abc' }));
    const { publicIp, statsPort, slsPort, srtPort, playerPort } = relay.address;
    if (process.platform === 'linux') {
      assert.match(publicIp, /^127\.(?!0\.)/);
      assert.deepEqual([srtPort, playerPort, statsPort, slsPort], [5000, 4000, 5080, 8090]);
    }
    assert.deepEqual(await getJson(`http://${publicIp}:${slsPort}/health`), [200, { status: 'ok' }]);
    assert.deepEqual(await getJson(statsUrl(relay)), [200, { groups: [] }]);
    assert.deepEqual(await getJson(playerUrl(relay, 'play_abc')), [200, { status: 'ok', publishers: {} }]);
    assert.equal((await getJson(playerUrl(relay, 'play_other')))[0], 404);

    await provider.faults.set({ ingest: 'on' });
    const response = await fetch(statsUrl(relay));
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const [group] = ((await response.json()) as { groups: { stream_id: string; connections: object[] }[] }).groups;
    assert.ok(group);
    assert.deepEqual(Object.keys(group), ['id', 'total_bytes', 'stream_id', 'connections']);
    assert.equal(group.stream_id, 'live_abc');
    const keys = ['addr', 'bytes', 'pkts', 'share_pct', 'last_ms_ago', 'uptime_s', 'asn_org'];
    for (const connection of group.connections) assert.deepEqual(Object.keys(connection), keys);
    for (const query of ['', '?legacy=1']) {
      const [status, body] = await getJson(playerUrl(relay, `play_abc${query}`));
      assert.equal(status, 200);
      const { publishers } = body as { publishers: Record<string, Record<string, unknown>> };
      assert.deepEqual(Object.keys(publishers), ['live_abc']);
      assert.ok(Object.values(publishers.live_abc ?? {}).every((value) => typeof value === 'number'));
      assert.equal(Object.keys(publishers.live_abc ?? {}).length, 8);
    }
  });

  it('lists what is not terminated, of one deployment', async () => {
    const mine = await provider.provision(provisionRequest(), NO_PLACEMENT);
    const gone = await provider.provision(provisionRequest(), NO_PLACEMENT);
    await provider.provision(provisionRequest({ deployment: 'other' }), NO_PLACEMENT);
    await provider.deprovision(refOf(gone.instanceId));
    assert.deepEqual(
      (await provider.list('test')).map(({ instanceId }) => instanceId),
      [mine.instanceId],
    );
    assert.equal((await provider.describe(refOf(gone.instanceId)))?.state, 'terminated');
    assert.equal(await provider.describe(refOf('local-unknown')), null);
  });

  it('frees the sockets of what is deprovisioned, which may be asked again', async () => {
    const relay = await ready();
    await provider.deprovision(refOf(relay.instanceId));
    await provider.deprovision(refOf(relay.instanceId));
    await provider.deprovision(refOf('local-unknown'));
    const server = createServer().listen(relay.address.statsPort, relay.address.publicIp);
    await once(server, 'listening');
    server.close();
    const socket = createSocket('udp4').bind(relay.address.srtPort, relay.address.publicIp);
    await once(socket, 'listening');
    socket.close();
  });

  it('ends an instance that is still coming up', async () => {
    for (const hold_step of PROVISION_STEPS.slice(0, -1)) {
      await provider.faults.set({ hold_step });
      const { instanceId } = await provider.provision(provisionRequest(), NO_PLACEMENT);
      await untilStep(instanceId, hold_step);
      await provider.deprovision(refOf(instanceId));
      assert.equal((await provider.describe(refOf(instanceId)))?.state, 'terminated');
    }
  });

  it('tells images and capacity for each region', async () => {
    assert.deepEqual(provider.images(), [
      { region: 'us-east-1', amiId: 'local-stand-in', instanceType: 'process' },
      { region: 'eu-west-1', amiId: 'local-stand-in', instanceType: 'process' },
    ]);
    assert.deepEqual(
      (await provider.capacity()).map(({ available }) => available),
      ['plenty', 'plenty'],
    );
  });

  describe('health', () => {
    it('is posted with the key when ready and from then on', async () => {
      const health = await relays.startHealthServer();
      const request = provisionRequest({ healthUrl: health.url, relayKey: 'the-key' });
      const { instanceId } = await ready(request);
      await eventually(() => assert.ok(health.posts.length >= 3));
      for (const { headers, body } of health.posts) {
        assert.equal(headers['x-relay-auth'], 'the-key');
        const { observed_at, session_uptime_seconds, ...rest } = body;
        assert.ok(Number.isInteger(session_uptime_seconds) && Number(session_uptime_seconds) >= 0);
        assert.ok(Math.abs(Date.parse(String(observed_at)) - Date.now()) < 5_000);
        assert.deepEqual(rest, {
          session_id: request.sessionId,
          instance_id: instanceId,
          ingest_active: false,
          egress_active: false,
        });
      }
    });

    it('ends after three 404 in a row', async () => {
      const health = await relays.startHealthServer();
      health.status = 404;
      const { instanceId } = await ready(provisionRequest({ healthUrl: health.url }));
      await eventually(() => assert.equal(health.posts.length, 3));
      // Others of the same host go on, so that time can be seen to pass.
      const other = await relays.startHealthServer();
      await ready(provisionRequest({ healthUrl: other.url }));
      await eventually(() => assert.ok(other.posts.length >= 4));
      await provider.faults.set({ ingest: 'on' });
      await eventually(() => assert.ok(other.posts.at(-1)?.body.ingest_active));
      assert.equal(health.posts.filter(({ body }) => body.instance_id === instanceId).length, 3);
    });

    it('goes on after failures', async () => {
      const health = await relays.startHealthServer();
      health.status = 503;
      await ready(provisionRequest({ healthUrl: health.url }));
      await eventually(() => assert.ok(health.posts.length >= 5));
    });
  });

  describe('the clock of the relays', () => {
    let health: HealthServer;

    beforeEach(async () => {
      health = await relays.startHealthServer();
    });

    /** The newest reports are so far ahead of real time. */
    async function untilAhead(seconds: number): Promise<void> {
      await eventually(() => {
        const ahead = Date.parse(String(health.posts.at(-1)?.body.observed_at)) - Date.now();
        assert.equal(Math.abs(ahead - seconds * 1000) < 20_000, true, `${ahead} ms ahead`);
      });
    }

    it("is the provider's from the first call on, and follows it when it is moved", async () => {
      let offsetMs = 600_000;
      provider = relays.createProvider({ clockOffsetMs: () => offsetMs });
      await ready(provisionRequest({ healthUrl: health.url }));
      await untilAhead(600);
      offsetMs = 1_200_000.4;
      await provider.syncClock();
      await untilAhead(1_200);
    });

    it('is no fault: a reset leaves it, and the fault comes on top of it', async () => {
      provider = relays.createProvider({ clockOffsetMs: () => 600_000 });
      await provider.faults.set({ clock_skew_seconds: 300 });
      await ready(provisionRequest({ healthUrl: health.url }));
      await untilAhead(900);
      await provider.faults.reset();
      await untilAhead(600);
      assert.deepEqual(await provider.faults.get(), {});
    });

    it('is told to a host that takes the place of another one', async () => {
      provider = relays.createProvider({ clockOffsetMs: () => 600_000 });
      await provider.list('test');
      await stopRelayHost(relays.stateDir);
      await relays.startHost();
      await ready(provisionRequest({ healthUrl: health.url }));
      await untilAhead(600);
    });

    it('is real time again for a new server whose clock was not moved', async () => {
      const old = relays.createProvider({ clockOffsetMs: () => 600_000 });
      await old.list('test');
      await old.close();
      await ready(provisionRequest({ healthUrl: health.url }));
      await untilAhead(600);
      await relays.createProvider({ clockOffsetMs: () => 0 }).syncClock();
      await untilAhead(0);
    });

    it('is told to nobody where there is no host', async () => {
      await stopRelayHost(relays.stateDir);
      await relays.createProvider({ clockOffsetMs: () => 600_000 }).syncClock();
      assert.equal(await findRelayHost(relays.stateDir), null);
    });
  });

  describe('ingest', () => {
    it('comes on by itself some time after ready', async () => {
      await relays.cleanUp();
      relays = await createLocalRelays();
      await relays.startHost({ ingest: 'auto', ingestDelayMs: 100, healthIntervalMs: 60_000 });
      provider = relays.createProvider();
      const health = await relays.startHealthServer();
      await ready(provisionRequest({ healthUrl: health.url }));
      await eventually(() => assert.equal(health.posts.length, 2));
      assert.deepEqual(
        health.posts.map(({ body }) => body.ingest_active),
        [false, true],
      );
    });

    it('comes on with the first datagram', async () => {
      const relay = await ready();
      const sender = createSocket('udp4');
      await eventually(async () => {
        sender.send('hello', relay.address.srtPort, relay.address.publicIp);
        assert.equal((await groups(relay)).length, 1);
      });
      sender.close();
    });
  });

  describe('fault', () => {
    it('hold_step keeps a launch at that step until it is cleared', async () => {
      await provider.faults.set({ hold_step: 'starting_containers' });
      const { instanceId } = await provider.provision(provisionRequest(), NO_PLACEMENT);
      await untilStep(instanceId, 'starting_containers');
      assert.deepEqual(await provider.faults.set({ hold_step: null }), {});
      await untilStep(instanceId, 'ready');
    });

    it('slow_launch_ms makes each step take so long', async () => {
      await provider.faults.set({ slow_launch_ms: 50 });
      const before = performance.now();
      await ready();
      assert.ok(performance.now() - before >= 4 * 50 - 1);
    });

    it('hold_provision_answer loses the answer, not the instance', async () => {
      await provider.faults.set({ hold_provision_answer: true });
      const request = provisionRequest();
      const held = provider.provision(request, NO_PLACEMENT);
      const [made] = await eventually(async () => {
        const listed = await provider.list('test');
        assert.equal(listed.length, 1);
        return listed;
      });
      await untilStep(made?.instanceId ?? '', 'ready');
      await provider.faults.reset();
      assert.equal((await held).instanceId, made?.instanceId);
      assert.equal((await provider.provision(request, NO_PLACEMENT)).instanceId, made?.instanceId);
    });

    it('no_capacity denies new instances, everywhere or in some regions', async () => {
      const known = provisionRequest();
      await provider.provision(known, NO_PLACEMENT);
      await provider.faults.set({ no_capacity: true });
      await assert.rejects(provider.provision(provisionRequest(), NO_PLACEMENT), CapacityUnavailableError);
      await provider.provision(known, NO_PLACEMENT);
      await provider.faults.set({ no_capacity: ['eu-west-1'] });
      await provider.provision(provisionRequest(), NO_PLACEMENT);
      await assert.rejects(
        provider.provision(provisionRequest({ region: 'eu-west-1' }), NO_PLACEMENT),
        CapacityUnavailableError,
      );
      assert.deepEqual(await provider.capacity(), [
        { region: 'us-east-1', available: 'plenty' },
        { region: 'eu-west-1', available: 'none' },
      ]);
    });

    it('fail_provision and reject_provision fail, one of them for good', async () => {
      await provider.faults.set({ fail_provision: true });
      await assert.rejects(provider.provision(provisionRequest(), NO_PLACEMENT), (error) => {
        return error instanceof Error && !(error instanceof ProviderRejectedError) && /500/.test(error.message);
      });
      await provider.faults.set({ fail_provision: null, reject_provision: true });
      await assert.rejects(provider.provision(provisionRequest(), NO_PLACEMENT), ProviderRejectedError);
      assert.deepEqual(await provider.list('test'), []);
    });

    it('dead_link lets one link stop', async () => {
      await provider.faults.set({ ingest: 'on', dead_link: 2 });
      const relay = await ready();
      const links = async () => (await groups(relay))[0]?.connections ?? [];
      await eventually(async () => assert.ok(((await links())[0]?.bytes ?? 0) > 1000));
      assert.equal((await links())[2]?.bytes, 0);
      await provider.faults.set({ dead_link: null });
      await eventually(async () => assert.ok(((await links())[2]?.bytes ?? 0) > 0));
    });

    it('silent_relay stops health posts and hangs up on /stats', async () => {
      const health = await relays.startHealthServer();
      await provider.faults.set({ silent_relay: true });
      const relay = await ready(provisionRequest({ healthUrl: health.url }));
      await assert.rejects(fetch(statsUrl(relay)));
      assert.equal(health.posts.length, 0);
      await provider.faults.reset();
      await eventually(() => assert.ok(health.posts.length > 0));
      assert.deepEqual(await getJson(statsUrl(relay)), [200, { groups: [] }]);
    });

    it('clock_skew_seconds moves observed_at', async () => {
      const health = await relays.startHealthServer();
      await provider.faults.set({ clock_skew_seconds: -600 });
      await ready(provisionRequest({ healthUrl: health.url }));
      const post = await eventually(() => {
        assert.ok(health.posts[0]);
        return health.posts[0];
      });
      const skew = Date.parse(String(post.body.observed_at)) - Date.now();
      assert.ok(skew < -595_000 && skew > -610_000);
    });

    it('ingest_loss ends the stream and tells it', async () => {
      const health = await relays.startHealthServer();
      await provider.faults.set({ ingest: 'on' });
      const relay = await ready(provisionRequest({ healthUrl: health.url }));
      await eventually(() => assert.equal(health.posts.at(-1)?.body.ingest_active, true));
      await provider.faults.set({ ingest_loss: true });
      assert.deepEqual(await groups(relay), []);
      await eventually(() => assert.equal(health.posts.at(-1)?.body.ingest_active, false));
      await provider.faults.set({ ingest_loss: false });
      assert.equal((await groups(relay)).length, 1);
    });

    it('is refused with all that is wrong with it', async () => {
      const wrong = { slow_launch_ms: -1, hold_step: 'nap', no_capacity: 7, dead_link: 3, explode: true, melt: null };
      await assert.rejects(provider.faults.set(wrong as never), (error) => {
        assert.ok(error instanceof InvalidFaultsError);
        assert.deepEqual(error.errors.map(({ path }) => path).sort(), [
          '/dead_link',
          '/explode',
          '/hold_step',
          '/melt',
          '/no_capacity',
          '/slow_launch_ms',
        ]);
        return true;
      });
      assert.deepEqual(await provider.faults.get(), {});
    });
  });
});

function statsUrl({ address }: Ready): string {
  return `http://${address.publicIp}:${address.statsPort}/stats`;
}

function playerUrl({ address }: Ready, player: string): string {
  return `http://${address.publicIp}:${address.slsPort}/stats/${player}`;
}

async function groups(relay: Ready): Promise<{ connections: { bytes: number }[] }[]> {
  return ((await getJson(statsUrl(relay)))[1] as { groups: { connections: { bytes: number }[] }[] }).groups;
}

async function getJson(url: string): Promise<[number, unknown]> {
  const response = await fetch(url);
  return [response.status, await response.json()];
}
