import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { type Cluster, startCluster } from '../support/ops/cluster.ts';
import { startPgBouncer } from '../support/ops/pgbouncer.ts';

const USER = resolve(import.meta.dirname, '../support/ops/cluster-user.ts');

describe("Debian's PostgreSQL in the tests", () => {
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    cluster = await startCluster();
    await cluster.query("create role app login password 'first'");
  });
  after(() => cluster.remove());

  it('is version 15 and proves whoever connects by SCRAM', async () => {
    const [row] = await cluster.query('show server_version');
    assert.match(String(row?.server_version), /^15\./);
    await assert.rejects(ask(cluster.urlOf('postgres', 'app', 'second')), /password authentication failed/);
    assert.equal(await ask(cluster.urlOf('postgres', 'app', 'first')), 'app');
  });

  it('keeps its data and its port over a stop', async () => {
    await cluster.query('create table kept as select 7 as seven');
    const url = cluster.urlOf();
    await cluster.stop();
    await assert.rejects(ask(url), /ECONNREFUSED/);
    await cluster.start();
    assert.equal(cluster.urlOf(), url);
    assert.deepEqual(await cluster.query('select seven from kept'), [{ seven: 7 }]);
  });

  it('leaves neither a process nor a file when it is removed', async () => {
    const other = await startCluster({ auth: 'trust' });
    const pid = serverPid(other);
    assert.equal(existsSync(`/proc/${pid}`), true);
    await other.remove();
    assert.deepEqual([existsSync(`/proc/${pid}`), existsSync(other.dataDir)], [false, false]);
  });

  it('ends with the process that started it, also at Ctrl-C', async () => {
    const user = spawn(process.execPath, [USER], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = await once(createInterface({ input: user.stdout }), 'line');
    assert.equal(existsSync(`/proc/${pid}`), true);
    user.kill('SIGINT');
    assert.deepEqual(await once(user, 'close'), [130, null]);
    await eventually(() => assert.equal(existsSync(`/proc/${pid}`), false));
  });

  it('is reached through PgBouncer, which takes another password over without ending', async () => {
    const pooler = await startPgBouncer({ port: cluster.port, users: { app: 'first' } });
    try {
      assert.equal(await ask(pooler.urlOf('postgres', 'app')), 'app');
      await cluster.query("alter role app password 'third'");
      await pooler.reload({ users: { app: 'third' } });
      await pooler.console('RECONNECT');
      assert.equal(await ask(pooler.urlOf('postgres', 'app')), 'app');
      await assert.rejects(ask(pooler.urlOf('postgres', 'app').replace('third', 'first')), /password|SASL/);
    } finally {
      await pooler.stop();
    }
  });
});

function serverPid({ dataDir }: Cluster): string {
  return String(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

async function ask(url: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query('select current_user')).rows[0].current_user;
  } finally {
    await client.end();
  }
}
