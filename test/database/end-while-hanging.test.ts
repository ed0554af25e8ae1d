import assert from 'node:assert/strict';
import { type DatabaseProxy, openDatabaseProxy } from '../support/database-proxy.ts';
import { startTestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-run.ts';

/** The end of what holds nothing any more, and some; less than a statement waits. */
const END_LIMIT_MS = 10_000;

describe('A service whose database hangs', function () {
  this.timeout(60_000);
  let own: Awaited<ReturnType<typeof createTestDatabase>>;
  let proxy: DatabaseProxy;

  before(async () => {
    own = await createTestDatabase();
    proxy = await openDatabaseProxy(own.url);
  });
  after(async () => {
    await proxy.close();
    await own.drop();
  });

  it('ends in time though a statement still waits, and says so', async () => {
    const app = await startTestApp({ roles: ['api'], databaseUrl: proxy.url });
    await app.database.raw('select 1');
    proxy.hang();
    const waiting = assert.rejects(async () => app.database.raw('select 1'));
    const began = performance.now();
    await app.stop();
    const took = performance.now() - began;
    assert.ok(took < END_LIMIT_MS, `it took ${took} ms`);
    assert.ok(app.logLines.some((line) => line.includes('end_left_waiting')));
    await proxy.cut();
    await waiting;
  });
});
