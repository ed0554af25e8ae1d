import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { call } from '../support/http.ts';
import { type Cluster, startCluster } from '../support/ops/cluster.ts';
import { type Deployment, openDeployment } from '../support/ops/deployment.ts';
import { calleeOf, signInAt, startRelayAt, type Tokens, useAt } from '../support/ops/plugin.ts';
import { makeSecretFiles, type SecretFiles } from '../support/ops/secret-files.ts';
import type { ServerProcess } from '../support/process.ts';
import { TEST_SECRETS } from '../support/test-app.ts';

describe("Replacing the database's password, as the README says", function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let files: SecretFiles;
  let deployment: Deployment;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster?.remove());

  beforeEach(async () => {
    await cluster.query(`drop database if exists telemy with (force)`);
    await cluster.query('drop role if exists telemy_a, telemy_b, telemy');
    // What belongs to no login belongs to whichever of them is in use.
    await cluster.query('create role telemy nologin');
    await cluster.query('create database telemy owner telemy');
    files = await makeSecretFiles([]);
    deployment = await openDeployment(files.env);
    await makeLogin('telemy_a');
    await deployment.command('migrate');
    await deployment.command('user', 'create', '--email', 'rotation@example.com', '--plan', 'pro');
  });
  afterEach(() => deployment?.close());

  /** A login that acts as the owner of the tables; the service gets it from now on. */
  async function makeLogin(name: string): Promise<string> {
    const password = randomBytes(24).toString('base64url');
    await cluster.query(`create role ${name} login password '${password}' in role telemy`);
    await cluster.query(`alter role ${name} set role telemy`);
    const url = cluster.urlOf('telemy', name, password);
    await files.write('DATABASE_URL', `${url}\n`);
    return url;
  }

  async function signIn(server: ServerProcess): Promise<Tokens> {
    const [row] = await cluster.query('select id from users', 'telemy');
    return signInAt(calleeOf(server), TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY, String(row?.id));
  }

  const connectedAs = async () => {
    const sql = `select distinct usename from pg_stat_activity where datname = 'telemy' and pid <> pg_backend_pid()`;
    return (await cluster.query(sql)).map(({ usename }) => usename).sort();
  };

  it('by a second login: no request fails while the servers change over, and the first one can be shut out', async () => {
    let server = await deployment.start();
    const device = await signIn(server);
    assert.deepEqual(await connectedAs(), ['telemy_a']);

    let isOver = false;
    const statuses: number[] = [];
    const load = (async () => {
      while (!isOver) statuses.push(await useAt(calleeOf(server), device));
    })();
    await makeLogin('telemy_b');
    const next = await deployment.start();
    assert.deepEqual(await connectedAs(), ['telemy_a', 'telemy_b']);
    const first = server;
    server = next;
    await deployment.end(first);
    await eventually(async () => assert.deepEqual(await connectedAs(), ['telemy_b']));
    await cluster.query('alter role telemy_a nologin');
    await startRelayAt(calleeOf(server), device);
    isOver = true;
    await load;
    assert.ok(statuses.length > 10);
    assert.deepEqual(new Set(statuses), new Set([200]));

    // Whatever was made by either of them belongs to neither.
    const owners = await cluster.query(
      'select distinct tableowner from pg_tables where schemaname !~ $$^pg_|^inf$$',
      'telemy',
    );
    assert.deepEqual(owners, [{ tableowner: 'telemy' }]);
    await deployment.end(server);
    await deployment.command('migrate');
  });

  it('in an emergency, of the one login: requests get 503 until the restart, and are well behind it', async () => {
    const server = await deployment.start();
    const device = await signIn(server);
    const password = randomBytes(24).toString('base64url');
    await cluster.query(`alter role telemy_a password '${password}'`);
    assert.equal(await useAt(calleeOf(server), device), 200, 'open connections outlive the password');
    await cluster.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'telemy_a'`);
    await eventually(async () => {
      const answer = await call(calleeOf(server), 'GET', '/auth/session', { token: device.access });
      assert.equal(answer.status, 503, answer.text);
    });
    assert.equal((await fetch(`${server.adminUrl}/readyz`)).status, 503);
    await files.write('DATABASE_URL', cluster.urlOf('telemy', 'telemy_a', password));
    const next = await deployment.start();
    assert.equal(await useAt(calleeOf(next), device), 200);
    await deployment.end(server);
    await deployment.end(next);
  });
});
