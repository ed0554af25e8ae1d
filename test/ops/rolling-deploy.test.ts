import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { migrations } from '../../src/database/migrations/index.ts';
import { eventually } from '../support/eventually.ts';
import { call } from '../support/http.ts';
import { type Cluster, startCluster } from '../support/ops/cluster.ts';
import { type MixedDeployment, openDeployment } from '../support/ops/deployment.ts';
import { calleeOf, type Relay, refreshAt, signInAt, startRelayAt, type Tokens, useAt } from '../support/ops/plugin.ts';
import type { ServerProcess } from '../support/process.ts';
import { keepAsking } from '../support/rolling/keep-asking.ts';
import { type Checkout, checkOut, readPreviousRelease } from '../support/rolling/previous-release.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { sendWebhook } from '../support/webhooks.ts';

const MIGRATIONS = 'src/database/migrations';
const { commit, lastMigration } = readPreviousRelease();

/** A checkout of the release before runs beside this one, both on one database. */
describe('A rolling deploy from the release before to this one', function () {
  this.timeout(240_000);
  let cluster: Cluster;
  let checkout: Checkout;
  let deployment: MixedDeployment;
  let before: Omit<MixedDeployment, 'close' | 'by'>;
  let oldApi: ServerProcess;
  let oldWorker: ServerProcess;
  let newApi: ServerProcess;
  let device: Tokens;
  let asked: Map<string, number[]>;
  let appliedBefore: string[];

  const applied = async () =>
    (await cluster.query('select name from knex_migrations order by id', 'telemy')).map(nameOf);

  this.beforeAll(async () => {
    checkout = await checkOut(commit);
    cluster = await startCluster();
    await cluster.query('create database telemy');
    deployment = await openDeployment(async () => ({
      DATABASE_URL: cluster.urlOf('telemy'),
      // Relays report to the one server that is there all along.
      ...(oldApi ? { PUBLIC_BASE_URL: oldApi.url } : {}),
    }));
    before = deployment.by(checkout.root);
    await before.command('migrate');
    appliedBefore = await applied();
    oldApi = await before.start('api');
    oldWorker = await before.start('worker');
    device = await newDevice(oldApi, 'rolling@example.com');
    const relay = await startRelayAt(calleeOf(oldApi), device);

    const asking = keepAsking({
      session: () => useAt(calleeOf(oldApi), device),
      heartbeat: async () => (await report(oldApi, device, relay)).status,
      'readyz of the API': async () => (await fetch(`${oldApi.adminUrl}/readyz`)).status,
      'readyz of the worker': async () => (await fetch(`${oldWorker.adminUrl}/readyz`)).status,
    });
    await deployment.command('migrate').finally(async () => {
      asked = await asking.end();
    });
    newApi = await deployment.start('api');
    await stopRelay(oldApi, device, relay);
  });

  this.afterAll(async () => {
    await deployment?.close();
    await cluster?.remove();
    await checkout?.remove();
  });

  async function newDevice(server: ServerProcess, email: string): Promise<Tokens> {
    await deployment.command('user', 'create', '--email', email, '--plan', 'pro');
    const [row] = await cluster.query(`select id from users where email = '${email}'`, 'telemy');
    return signInAt(calleeOf(server), TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY, String(row?.id));
  }

  /** Has a relay come up and end, its instance included, and a webhook settled: all of it the work of whichever worker runs. */
  async function haveWorkDone(server: ServerProcess): Promise<void> {
    const relay = await startRelayAt(calleeOf(server), device);
    await stopRelay(server, device, relay);
    const body = JSON.stringify({ meta: { event_name: 'order_refunded' }, sent: relay.session_id });
    const { status } = await sendWebhook(server, body);
    assert.equal(status, 200);
    await eventually(
      async () => {
        assert.deepEqual(await cluster.query("select from billing_events where state = 'received'", 'telemy'), []);
        assert.deepEqual(await cluster.query("select from relay_instances where state <> 'terminated'", 'telemy'), []);
      },
      { timeoutMs: 30_000, intervalMs: 50 },
    );
  }

  it('migrates while servers of the release before answer: 200 to every read, write and check of their health', async () => {
    assert.deepEqual([appliedBefore.at(-1), await applied()], [lastMigration, migrations.map(nameOf)]);
    for (const [what, statuses] of asked) {
      assert.deepEqual([what, new Set(statuses)], [what, new Set([200])]);
      assert.ok(statuses.length >= 10, `${what} was asked only ${statuses.length} times`);
    }
  });

  it('lets a device sign in at either release, and go on and refresh at the other', async () => {
    for (const [here, there] of [
      [oldApi, newApi],
      [newApi, oldApi],
    ] as const) {
      const tokens = await newDevice(here, `at-${here.pid}@example.com`);
      assert.equal(await useAt(calleeOf(there), tokens), 200);
      const refreshed = await refreshAt(calleeOf(there), tokens);
      assert.ok(refreshed);
      assert.equal(await useAt(calleeOf(here), refreshed), 200);
    }
  });

  it('has the worker of this release do what the API of the release before asked for, then the reverse', async () => {
    await before.end(oldWorker);
    const newWorker = await deployment.start('worker');
    await haveWorkDone(oldApi);
    await deployment.end(newWorker);
    // A roll-back: it starts on a schema that may be later than it knows.
    oldWorker = await before.start('worker');
    await haveWorkDone(newApi);
  });

  it('lets an API of the release before start on the schema of this one, as a roll-back does', async () => {
    const again = await before.start('api');
    assert.equal(await useAt(calleeOf(again), device), 200);
    await before.end(again);
  });

  it('finds no migration changed that was released', () => {
    const files = globSync(`${MIGRATIONS}/[0-9]*.ts`, { cwd: checkout.root }).sort();
    assert.equal(files.at(-1), join(MIGRATIONS, `${lastMigration}.ts`));
    const root = resolve(import.meta.dirname, '../..');
    for (const file of files) {
      assert.equal(readFileSync(join(root, file), 'utf8'), readFileSync(join(checkout.root, file), 'utf8'), file);
    }
  });

  it('is not tried in a clone that lacks the commit: the test fails and says how to get it', async () => {
    await assert.rejects(
      checkOut('0'.repeat(40)),
      /commit 0{40} .* is not in this clone\. Get it by `git fetch --unshallow`/,
    );
  });
});

function nameOf({ name }: { name?: unknown }): string {
  return String(name);
}

function report(server: ServerProcess, { access: token }: Tokens, { session_id, instance_id }: Relay) {
  return call(calleeOf(server), 'POST', '/relay/health', { token, body: { session_id, instance_id } });
}

async function stopRelay(server: ServerProcess, { access: token }: Tokens, { session_id }: Relay): Promise<void> {
  const { status, text } = await call(calleeOf(server), 'POST', '/relay/stop', { token, body: { session_id } });
  assert.equal(status, 200, text);
}
