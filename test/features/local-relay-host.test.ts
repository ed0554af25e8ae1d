import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findRelayHost } from '../../src/features/relay/providers/local/host-process.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { RelayHostRunningError } from '../../src/features/relay/providers/local/relay-host.ts';
import { createAddressBook, type Place } from '../../src/features/relay/providers/local/stand-in-address.ts';
import type { InstanceDescription, ProvisionRequest } from '../../src/features/relay/providers/provider.ts';
import { eventually } from '../support/eventually.ts';
import { NO_PLACEMENT, refOf } from '../support/instances.ts';
import { createLocalRelays, type LocalRelays, provisionRequest } from '../support/local-relays.ts';

const HAS_GROUPS = process.platform !== 'win32';
const PROVIDER_URL = new URL('../../src/features/relay/providers/local/index.ts', import.meta.url).href;

/** A program that provisions one relay, tells it in a line, and goes on living if asked to. */
const USER = `
  const [stateDir, request, stay] = process.argv.slice(1);
  const { createLocalProvider } = await import(${JSON.stringify(PROVIDER_URL)});
  const provider = createLocalProvider({ stateDir, regions: ['us-east-1'] });
  console.log(JSON.stringify(await provider.provision(JSON.parse(request), { last: null, note: async () => {} })));
  if (stay) setInterval(() => {}, 1000);
`;

describe('relay host', () => {
  let relays: LocalRelays;
  let users: ChildProcess[];

  beforeEach(async () => {
    relays = await createLocalRelays();
    users = [];
  });

  afterEach(async () => {
    for (const user of users) user.kill('SIGKILL');
    await relays.cleanUp();
  });

  function startUser(request: ProvisionRequest, ...stay: 'stay'[]): ChildProcess {
    const args = ['--input-type=module', '-e', USER, relays.stateDir, JSON.stringify(request), ...stay];
    const user = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: HAS_GROUPS });
    users.push(user);
    return user;
  }

  async function toldBy(user: ChildProcess): Promise<InstanceDescription> {
    assert.ok(user.stdout);
    const [line] = await once(createInterface({ input: user.stdout }), 'line');
    return JSON.parse(line);
  }

  describe('control API', () => {
    let port: number;
    let token: string;

    beforeEach(async () => {
      ({ port, token } = await relays.startHost());
    });

    async function call(method: string, path: string, body?: string, bearer = `Bearer ${token}`) {
      const headers = { Authorization: bearer, 'Content-Type': 'application/json' };
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(body ? { body } : {}) });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : undefined };
    }

    it('wants its bearer token', async () => {
      for (const bearer of ['', 'Bearer wrong', token]) {
        assert.equal((await call('GET', '/instances', undefined, bearer)).status, 401);
      }
      assert.equal((await call('GET', '/instances')).status, 200);
    });

    it('makes with 201, finds with 200, ends with 204', async () => {
      const body = JSON.stringify(provisionRequest());
      const made = await call('POST', '/instances', body);
      assert.equal(made.status, 201);
      assert.equal((await call('POST', '/instances', body)).status, 200);
      const path = `/instances/${made.body.instanceId}`;
      assert.equal((await call('GET', path)).status, 200);
      assert.equal((await call('DELETE', path)).status, 204);
      assert.equal((await call('DELETE', path)).status, 204);
      assert.equal((await call('GET', '/instances/local-unknown')).status, 404);
    });

    it('refuses what it cannot use', async () => {
      assert.equal((await call('POST', '/instances', '{"token":')).status, 400);
      assert.equal((await call('POST', '/instances', JSON.stringify({ a: 'x'.repeat(70_000) }))).status, 413);
      const faults = await call('PUT', '/faults', '{"no_such":1,"slow_launch_ms":"long"}');
      assert.equal(faults.status, 400);
      assert.deepEqual(faults.body.errors.map(({ path }: { path: string }) => path).sort(), [
        '/no_such',
        '/slow_launch_ms',
      ]);
      const request = await call('POST', '/instances', '{"token":"a b"}');
      assert.equal(request.status, 400);
      assert.equal(request.body.errors.length, 7);
      assert.equal((await call('GET', '/nothing')).status, 404);
    });

    it('merges and resets faults', async () => {
      await call('PUT', '/faults', '{"slow_launch_ms":5,"silent_relay":true}');
      const merged = await call('PUT', '/faults', '{"slow_launch_ms":null,"ingest_loss":true}');
      assert.deepEqual(merged.body, { silent_relay: true, ingest_loss: true });
      assert.deepEqual((await call('GET', '/faults')).body, merged.body);
      assert.deepEqual((await call('DELETE', '/faults')).body, {});
    });

    it('takes the offset of a clock with 204, and refuses what is none', async () => {
      for (const offset of [0, -1_000, 86_400_000]) {
        assert.equal((await call('PUT', '/clock', JSON.stringify({ offset_ms: offset }))).status, 204);
      }
      for (const wrong of [
        '{}',
        '{"offset_ms":"1"}',
        '{"offset_ms":0.5}',
        '{"offset_ms":1e15}',
        '{"offset_ms":1,"a":1}',
      ]) {
        assert.equal((await call('PUT', '/clock', wrong)).status, 400, wrong);
      }
    });

    it('ends on request', async () => {
      assert.equal((await call('POST', '/shutdown')).status, 202);
      await eventually(async () => assert.equal(await findRelayHost(relays.stateDir), null));
    });
  });

  it('is one for each folder, and keeps its token to itself', async () => {
    const { port, token } = await relays.startHost();
    await assert.rejects(relays.startHost(), RelayHostRunningError);
    const path = join(relays.stateDir, 'relay-host.json');
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), { pid: process.pid, port, token });
    if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('gives stand-ins ports of their own where they cannot have addresses of their own', async () => {
    await relays.startHost({ platform: 'darwin' });
    const provider = relays.createProvider();
    const made = await Promise.all([1, 2].map(() => provider.provision(provisionRequest(), NO_PLACEMENT)));
    const ports = await Promise.all(
      made.map(({ instanceId }) =>
        eventually(async () => {
          const instance = await provider.describe(refOf(instanceId));
          assert.ok(instance?.step === 'ready' && instance.address);
          const { publicIp, ...ports } = instance.address;
          assert.equal(publicIp, '127.0.0.1');
          return [`udp ${ports.srtPort}`, `udp ${ports.playerPort}`, `tcp ${ports.statsPort}`, `tcp ${ports.slsPort}`];
        }),
      ),
    );
    assert.equal(new Set(ports.flat()).size, 8);
  });

  it('takes the next address when one is taken, and free ports when all are', async () => {
    const book = createAddressBook('seed', 'linux');
    const tried: Place[] = [];
    const openFrom = (freeAt: number) => async (place: Place) => {
      tried.push(place);
      if (tried.length < freeAt && place.ports === 'usual') throw Object.assign(new Error(), { code: 'EADDRINUSE' });
      return place;
    };
    assert.deepEqual(await book.openFirstFree(openFrom(3)), tried[2]);
    assert.equal(new Set(tried.map(({ ip }) => ip)).size, 3);
    assert.ok(tried.every(({ ip, ports }) => ports === 'usual' && /^127\.(?!0\.)/.test(ip)));
    assert.deepEqual(await book.openFirstFree(openFrom(Infinity)), { ip: '127.0.0.1', ports: 'any' });
    await assert.rejects(
      book.openFirstFree(() => Promise.reject(new Error('other'))),
      /other/,
    );
  });

  it('carries 300 relays', async () => {
    await relays.startHost({ ingest: 'on', healthIntervalMs: 1_000 });
    const provider = relays.createProvider();
    await Promise.all(Array.from({ length: 300 }, () => provider.provision(provisionRequest(), NO_PLACEMENT)));
    const listed = await eventually(
      async () => {
        const instances = await provider.list('test');
        assert.equal(instances.filter(({ step }) => step === 'ready').length, 300);
        return instances;
      },
      { timeoutMs: 20_000, intervalMs: 50 },
    );
    const places = new Set(listed.map(({ address }) => `${address?.publicIp}:${address?.statsPort}`));
    assert.equal(places.size, 300);
  });

  it('is started by the first call, outlives a starter that is killed, and is found again', async () => {
    const user = startUser(provisionRequest(), 'stay');
    const { instanceId } = await toldBy(user);
    assert.ok(user.pid);
    // The whole group, as Ctrl-C in a terminal.
    process.kill(HAS_GROUPS ? -user.pid : user.pid, 'SIGKILL');
    await once(user, 'exit');
    const provider = relays.createProvider();
    const instance = await eventually(async () => {
      const found = await provider.describe(refOf(instanceId));
      assert.equal(found?.step, 'ready');
      return found;
    });
    const { publicIp, statsPort } = instance?.address ?? {};
    assert.equal((await fetch(`http://${publicIp}:${statsPort}/stats`)).status, 200);
    const host = await findRelayHost(relays.stateDir);
    assert.ok(host && host.pid !== user.pid);
    await stopRelayHost(relays.stateDir);
    assert.equal(await findRelayHost(relays.stateDir), null);
    await stopRelayHost(relays.stateDir);
  });

  it('does not keep its starter alive', async () => {
    const user = startUser(provisionRequest());
    assert.deepEqual(await once(user, 'exit'), [0, null]);
    assert.ok(await findRelayHost(relays.stateDir));
  });

  it('is one, however many processes start it at once', async () => {
    const request = provisionRequest();
    const told = await Promise.all([1, 2, 3, 4].map(() => toldBy(startUser(request, 'stay'))));
    assert.equal(new Set(told.map(({ instanceId }) => instanceId)).size, 1);
    const log = await readFile(join(relays.stateDir, 'relay-host.log'), 'utf8');
    assert.equal(log.match(/listens on port/g)?.length, 1);
  });

  it('is started anew when the one known is dead', async () => {
    const provider = relays.createProvider();
    const { instanceId } = await provider.provision(provisionRequest(), NO_PLACEMENT);
    const first = await findRelayHost(relays.stateDir);
    assert.ok(first);
    process.kill(first.pid, 'SIGKILL');
    await eventually(async () => assert.equal(await findRelayHost(relays.stateDir), null));
    assert.equal(await provider.describe(refOf(instanceId)), null);
    const second = await findRelayHost(relays.stateDir);
    assert.ok(second && second.pid !== first.pid);
  });

  it('is looked for again when another server has its port', async () => {
    const first = await relays.startHost();
    const provider = relays.createProvider();
    await provider.list('test');
    await first.close();
    const stranger = createServer((_request, response) => response.writeHead(401).end());
    stranger.listen(first.port, '127.0.0.1');
    await once(stranger, 'listening');
    await relays.startHost();
    assert.deepEqual(await provider.list('test'), []);
    stranger.close();
    stranger.closeAllConnections();
  });

  it('is started in spite of a file that is stale or torn', async () => {
    const path = join(relays.stateDir, 'relay-host.json');
    for (const left of [JSON.stringify({ pid: 999_999, port: 9, token: 'left-by-a-dead-host' }), '{"pid":1,', '']) {
      await writeFile(path, left);
      const provider = relays.createProvider();
      assert.equal((await provider.capacity()).length, 2);
      assert.notEqual(await findRelayHost(relays.stateDir), null);
      await stopRelayHost(relays.stateDir);
    }
  });

  it('ends by itself when nobody calls it, but not while a provider is there', async () => {
    const idleMs = 800;
    const provider = relays.createProvider({ host: { idleMs } });
    await provider.capacity();
    const host = await findRelayHost(relays.stateDir);
    assert.ok(host);
    const since = performance.now();
    await eventually(() => assert.ok(performance.now() - since > 2 * idleMs), { intervalMs: 50 });
    process.kill(host.pid, 0);
    await provider.close();
    await eventually(() => assert.throws(() => process.kill(host.pid, 0)));
    await assert.rejects(stat(join(relays.stateDir, 'relay-host.json')));
    await assert.rejects(provider.list('test'), /closed/);
  });

  it('ends soon when it is never called', async () => {
    const host = await relays.startHost({ firstCallMs: 50 });
    await host.ended;
    assert.equal(await findRelayHost(relays.stateDir), null);
  });

  it('says where to look when its program fails', async () => {
    const provider = relays.createProvider({ hostEntry: join(relays.stateDir, 'missing.ts') });
    await assert.rejects(provider.capacity(), /did not start; see .*relay-host\.log/);
    assert.match(await readFile(join(relays.stateDir, 'relay-host.log'), 'utf8'), /Cannot find module/);
  });
});
