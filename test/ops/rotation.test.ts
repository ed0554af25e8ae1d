import assert from 'node:assert/strict';
import { deriveRelayKey } from '../../src/features/relay/index.ts';
import { type Callee, call } from '../support/http.ts';
import { type Cluster, startCluster } from '../support/ops/cluster.ts';
import { type Deployment, openDeployment } from '../support/ops/deployment.ts';
import {
  calleeOf,
  decideAt,
  type Relay,
  refreshAt,
  signInAt,
  startRelayAt,
  type Tokens,
  useAt,
} from '../support/ops/plugin.ts';
import { makeSecretFiles, type SecretFiles } from '../support/ops/secret-files.ts';
import type { ServerProcess } from '../support/process.ts';
import { sendWebhook, signatureOf } from '../support/webhooks.ts';

const NAMES = [
  'JWT_SECRET',
  'REFRESH_TOKEN_SECRET',
  'RELAY_SHARED_KEY',
  'PLUGIN_LOGIN_COMPLETE_KEY',
  'LEMONSQUEEZY_WEBHOOK_SECRET',
] as const;
type Secrets = Record<(typeof NAMES)[number], string>;

describe('Replacing our own secrets, as the README says', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let files: SecretFiles;
  let deployment: Deployment;
  let userId: string;
  before(async () => {
    cluster = await startCluster();
    await cluster.query('create database telemy');
    files = await makeSecretFiles(NAMES);
    deployment = await openDeployment(async () => ({ DATABASE_URL: cluster.urlOf('telemy'), ...(await files.env()) }));
    await deployment.command('migrate');
    userId = await makeUser();
  });
  after(async () => {
    await deployment?.close();
    await cluster?.remove();
  });

  async function makeUser(): Promise<string> {
    await deployment.command('user', 'create', '--email', 'rotation@example.com', '--plan', 'pro');
    const [row] = await cluster.query('select id from users', 'telemy');
    return String(row?.id);
  }

  async function presentSecrets(): Promise<Secrets> {
    const pairs = await Promise.all(NAMES.map(async (name) => [name, await files.read(name)] as const));
    return Object.fromEntries(pairs) as Secrets;
  }

  /** Does something at a server that runs for that long. */
  async function withServer<T>(act: (server: Callee, process: ServerProcess) => Promise<T>): Promise<T> {
    const process = await deployment.start();
    const result = await act(calleeOf(process), process);
    await deployment.end(process);
    return result;
  }

  /** What everyone gets who proves himself by these secrets: a device, the web tier, a relay and the seller. */
  async function statusesBy(secrets: Secrets, server: Callee, held: { device: Tokens; relay: Relay }) {
    const body = { ...held.relay, ingest_active: false, egress_active: false };
    const unknown = { login_attempt_id: 'pla_nobody', outcome: 'denied' };
    const event = JSON.stringify({ meta: { event_name: 'order_refunded' } });
    const signature = signatureOf(event, secrets.LEMONSQUEEZY_WEBHOOK_SECRET);
    const reports = await Promise.all(
      [deriveRelayKey(secrets.RELAY_SHARED_KEY, held.relay.session_id), secrets.RELAY_SHARED_KEY].map((key) =>
        call(server, 'POST', '/relay/health', { body, headers: { 'X-Relay-Auth': key } }),
      ),
    );
    return {
      device: await useAt(server, held.device),
      webTier: (await decideAt(server, secrets.PLUGIN_LOGIN_COMPLETE_KEY, unknown)).status,
      relays: reports.map(({ status }) => status),
      seller: (await sendWebhook(server, event, { 'X-Signature': signature })).status,
    };
  }
  const ALL_GOOD = { device: 200, webTier: 404, relays: [200, 200], seller: 200 };
  const ALL_REFUSED = { device: 401, webTier: 401, relays: [401, 401], seller: 401 };

  it('one server: what the old ones signed goes on through the overlap, and ends with the previous ones', async () => {
    const old = await presentSecrets();
    const held = await withServer(async (server, process) => {
      const device = await signInAt(server, old.PLUGIN_LOGIN_COMPLETE_KEY, userId);
      assert.deepEqual(await previousUses(process), {}, 'nothing is being replaced');
      return { device, relay: await startRelayAt(server, device) };
    });

    for (const name of NAMES) await files.take('replace', name);
    const fresh = await presentSecrets();
    const successors = await withServer(async (server, process) => {
      assert.deepEqual(await previousUses(process), Object.fromEntries(NAMES.map((name) => [name, 0])));
      assert.deepEqual(await statusesBy(old, server, held), ALL_GOOD);
      const next = await refreshAt(server, held.device);
      assert.ok(next, 'the old refresh token is still good');
      const used = await previousUses(process);
      assert.deepEqual(used, {
        JWT_SECRET: 1,
        REFRESH_TOKEN_SECRET: 1,
        RELAY_SHARED_KEY: 2,
        PLUGIN_LOGIN_COMPLETE_KEY: 1,
        LEMONSQUEEZY_WEBHOOK_SECRET: 1,
      });
      assert.deepEqual(await statusesBy(fresh, server, { ...held, device: next }), ALL_GOOD);
      assert.deepEqual(await previousUses(process), used, 'nobody used an old one since');
      return next;
    });

    for (const name of NAMES) await files.take('drop', name);
    await withServer(async (server) => {
      assert.deepEqual(await statusesBy(old, server, held), ALL_REFUSED);
      assert.equal(await refreshAt(server, held.device), undefined);
      assert.deepEqual(await statusesBy(fresh, server, { ...held, device: successors }), ALL_GOOD);
      assert.ok(await refreshAt(server, successors), 'who came in the overlap stays signed in');
    });
  });

  it('several servers: announced, swapped and dropped, one after the other, no server refuses what another signed', async () => {
    const present = () => files.read('PLUGIN_LOGIN_COMPLETE_KEY');
    let servers = [await deployment.start(), await deployment.start('api')];
    const devices = [await signInAt(calleeOf(servers[0] as ServerProcess), await present(), userId)];

    const replaceOneByOne = async () => {
      for (const server of servers) {
        const next = await deployment.start(server === servers[0] ? 'all' : 'api');
        await deployment.end(server);
        servers = servers.map((one) => (one === server ? next : one));
        devices.push(await signInAt(calleeOf(next), await present(), userId));
        for (const one of servers) {
          const statuses = await Promise.all(devices.map((device) => useAt(calleeOf(one), device)));
          assert.deepEqual(new Set(statuses), new Set([200]));
        }
      }
    };
    await files.take('announce', 'JWT_SECRET');
    await replaceOneByOne();
    await files.take('swap', 'JWT_SECRET');
    await replaceOneByOne();
    // The access tokens of before have 15 minutes; here their devices refresh.
    const [first] = devices;
    assert.ok(first && (await refreshAt(calleeOf(servers[0] as ServerProcess), first)));
    devices.splice(0, 3);
    await files.take('drop', 'JWT_SECRET');
    await replaceOneByOne();
    for (const server of servers) await deployment.end(server);
  });

  it('in an emergency, without a previous one: every device signs in anew, and can', async () => {
    const device = await withServer(async (server) =>
      signInAt(server, await files.read('PLUGIN_LOGIN_COMPLETE_KEY'), userId),
    );
    for (const name of ['JWT_SECRET', 'REFRESH_TOKEN_SECRET']) {
      await files.take('replace', name);
      await files.take('drop', name);
    }
    await withServer(async (server) => {
      assert.deepEqual([await useAt(server, device), await refreshAt(server, device)], [401, undefined]);
      const again = await signInAt(server, await files.read('PLUGIN_LOGIN_COMPLETE_KEY'), userId);
      assert.equal(await useAt(server, again), 200);
    });
  });
});

async function previousUses({ adminUrl }: ServerProcess): Promise<Record<string, number>> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const lines = metrics.matchAll(/^telemy_previous_secret_uses_total\{secret="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, name, uses]) => [name, Number(uses)]));
}
