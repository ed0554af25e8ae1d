import assert from 'node:assert/strict';
import { type DatabaseProxy, openDatabaseProxy } from '../../support/database-proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import type { Answer } from '../../support/http.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { createTestDatabase } from '../../support/test-run.ts';
import { operationsWith } from './common-statuses.ts';
import { assertError } from './error-body.ts';
import { sendExample } from './example-request.ts';

describe('503 of every operation while the database is away', () => {
  let app: TestApp;
  let proxy: DatabaseProxy;
  let drop: () => Promise<void>;
  const callers = new Map<string, SignedIn>();

  before(async () => {
    const database = await createTestDatabase();
    drop = database.drop;
    proxy = await openDatabaseProxy(database.url);
    app = await startTestApp({ databaseUrl: proxy.url, roles: ['api'] });
    // Someone for each operation, because one of them signs its caller out in the end.
    for (const operation of operationsWith('503')) callers.set(operation.operationId, await signInNewUser(app));
  });
  after(async () => {
    await app.stop();
    await proxy.close();
    await drop();
  });
  afterEach(async () => {
    await proxy.cut();
    await proxy.restore();
  });

  for (const operation of operationsWith('503')) {
    it(`${operation.operationId} answers 503 with Retry-After, and works again when the database is back`, async () => {
      const caller = callers.get(operation.operationId) as SignedIn;
      await proxy.cut();
      const answer = await sendExample(app, operation, caller);
      assertUnavailable(answer);

      await proxy.restore();
      const later = await sendExample(app, operation, caller);
      assert.equal(later.status < 500, true, later.text);
    });
  }

  it('the process says that it is alive but not ready, and is ready again by itself', async () => {
    await proxy.cut();
    assert.equal((await fetch(`${app.url}/healthz`)).status, 200);
    await eventually(async () => {
      const away = await fetch(`${app.adminUrl}/readyz`);
      assert.equal(away.status, 503);
      const { status, checks } = (await away.json()) as { status: string; checks: Record<string, string> };
      assert.equal(status, 'not_ready');
      assert.deepEqual(
        Object.values(checks).filter((result) => result === 'ok'),
        [],
      );
    });
    await proxy.restore();
    await eventually(async () => assert.equal((await fetch(`${app.adminUrl}/readyz`)).status, 200));
  });

  it('connections that the server ended are opened anew', async () => {
    const [operation] = operationsWith('503').filter(({ operationId }) => operationId === 'getAuthSession');
    if (!operation) throw new Error('getAuthSession is gone.');
    const caller = callers.get('getAuthSession') as SignedIn;
    await app.database
      .raw('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()')
      .catch(() => undefined);
    await eventually(async () => assert.equal((await sendExample(app, operation, caller)).status, 200));
  });
});

describe('503 while the database takes requests but never answers', () => {
  let app: TestApp;
  let proxy: DatabaseProxy;
  let drop: () => Promise<void>;
  before(async () => {
    const database = await createTestDatabase();
    drop = database.drop;
    proxy = await openDatabaseProxy(database.url);
    app = await startTestApp({ databaseUrl: proxy.url, roles: ['api'], queryTimeoutMs: 1_000 });
  });
  after(async () => {
    await app.stop();
    await proxy.close();
    await drop();
  });
  afterEach(() => proxy.resume());

  // One that only reads, one with a transaction, one without a caller.
  for (const operationId of ['getAuthSession', 'startRelay', 'startPluginLogin']) {
    it(`${operationId} gives up with 503 and Retry-After, and works again when the database does`, async () => {
      const [operation] = operationsWith('503').filter((one) => one.operationId === operationId);
      if (!operation) throw new Error(`${operationId} is gone.`);
      const caller = await signInNewUser(app);
      proxy.hang();
      assertUnavailable(await sendExample(app, operation, caller));
      proxy.resume();
      const later = await sendExample(app, operation, caller);
      assert.equal(later.status < 500, true, later.text);
    });
  }
});

function assertUnavailable(answer: Answer): void {
  const error = assertError(answer, 503, 'service_unavailable');
  assert.deepEqual(error.details, {});
  assert.match(answer.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
}
