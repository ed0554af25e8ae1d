import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPostgresTool } from '../../src/database/backup/postgres-run.ts';
import { assertRefused, operatorOf } from '../commands/operator.ts';
import { createLegacyDatabase, type LegacyDatabase } from '../support/legacy-database.ts';
import { addLegacySession, addLegacyUser } from '../support/legacy-rows.ts';
import { type Cluster, POSTGRES_BIN, startCluster } from '../support/ops/cluster.ts';
import { useApp } from '../support/test-app.ts';

describe("import-legacy from the Go service's dump", () => {
  const app = useApp({ roles: ['api'] });
  let cluster: Cluster;
  let legacy: LegacyDatabase;
  let folder: string;
  let dump: string;
  let userId: string;

  before(async function () {
    this.timeout(60_000);
    cluster = await startCluster();
    legacy = await createLegacyDatabase(cluster);
    const now = new Date();
    userId = await addLegacyUser(legacy, now);
    await addLegacySession(legacy, now, userId);
    folder = await mkdtemp(join(tmpdir(), 'telemy-dump-'));
    dump = join(folder, 'aegis.dump');
    await runPostgresTool(join(POSTGRES_BIN, 'pg_dump'), ['-Fc'], {
      url: legacy.url,
      output: createWriteStream(dump),
      timeoutMs: 30_000,
    });
  });
  after(async () => {
    await legacy.drop();
    await cluster.remove();
    await rm(folder, { recursive: true });
  });

  const scratch = () => app().database('pg_database').where('datname', 'like', 'telemy_import_%').pluck('datname');

  it('restores it beside its own database, brings its rows in, and drops what it restored', async () => {
    const first = await operatorOf(app(), POSTGRES_BIN).json('import-legacy', '--dump', dump);
    assert.equal(first.changed, true);
    assert.deepEqual(first.fleet, { reconciler: 'reports', resume: 'npm run fleet -- resume' });
    assert.equal((await app().database('users').where({ id: userId })).length, 1);
    assert.deepEqual(await scratch(), []);
    const second = await operatorOf(app(), POSTGRES_BIN).json('import-legacy', '--dump', dump);
    assert.deepEqual([second.changed, second.fleet], [false, null]);
  });

  it('refuses one that is cut off, says so, and leaves no database behind', async () => {
    await truncate(dump, 4_000);
    assertRefused(
      await operatorOf(app(), POSTGRES_BIN).run('import-legacy', '--dump', dump),
      /The dump cannot be restored\. pg_restore/,
    );
    assert.deepEqual(await scratch(), []);
  });

  it('refuses what is no dump and no URL, and says what it needs', async () => {
    const operator = operatorOf(app(), POSTGRES_BIN);
    assertRefused(await operator.run('import-legacy', '--from', 'legacy'), /--from must be a postgresql:\/\/ URL/);
    assertRefused(await operator.run('import-legacy', '--dump', 'none.dump'), /none\.dump cannot be read \(ENOENT\)/);
  });
});
