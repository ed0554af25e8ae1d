import assert from 'node:assert/strict';
import { type DeclaredOperation, OPERATIONS } from '../operations/common/contract.ts';
import { exampleRequest, sendExample } from '../operations/common/example-request.ts';
import { type SignedIn, signInNewUser } from '../support/factories.ts';
import { type Answer, call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { fetchPath } from './fetch-path.ts';

/** Written down from the reference, apart from the contract's extension: these are called by pages, all others never. */
const OPEN = [
  'startPluginLogin',
  'pollPluginLogin',
  'refreshAuth',
  'getAuthSession',
  'logout',
  'startRelay',
  'getActiveRelay',
  'getRelaySession',
  'stopRelay',
  'migrateRelay',
  'migrateRelay',
  'getRelayManifest',
  'getCurrentUsage',
  'listUsageSessions',
  'listStreamSlots',
  'renameStreamSlot',
  'regenerateStreamToken',
  'createCheckout',
  'getCapacityStatus',
  // Docks are pages, and their relays live on their heartbeats.
  'reportRelayHealth',
];
const ORIGIN = 'https://dock.example.com';
const ALLOWED = ['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'x-request-id'];
const EXPOSED = [
  'ETag',
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Request-ID',
  'Idempotent-Replayed',
];

describe('CORS', () => {
  const app = useApp({ roles: ['api'] });

  function preflight(operation: DeclaredOperation, caller: SignedIn, headers: string[] = ALLOWED): Promise<Answer> {
    return call(app(), 'OPTIONS', exampleRequest(operation, caller).path, {
      headers: {
        Origin: ORIGIN,
        'Access-Control-Request-Method': operation.method,
        'Access-Control-Request-Headers': headers.join(', '),
      },
    });
  }

  for (const operation of OPERATIONS.filter(({ operationId }) => OPEN.includes(operationId))) {
    it(`${operation.operationId} may be called by pages of every origin, without credentials`, async () => {
      const caller = await signInNewUser(app());
      const asked = await preflight(operation, caller);
      assert.deepEqual([asked.status, asked.text], [204, '']);
      assert.equal(asked.headers.get('Access-Control-Allow-Origin'), '*');
      assert.deepEqual(namesIn(asked, 'Access-Control-Allow-Methods'), [operation.method]);
      assert.deepEqual(namesIn(asked, 'Access-Control-Allow-Headers').sort(), [...ALLOWED].sort());

      const answer = await sendExample(app(), operation, caller, { Origin: ORIGIN });
      assert.equal(answer.headers.get('Access-Control-Allow-Origin'), '*');
      assert.deepEqual(namesIn(answer, 'Access-Control-Expose-Headers').sort(), [...EXPOSED].sort());
      for (const { headers } of [asked, answer]) {
        assert.equal(headers.get('Access-Control-Allow-Credentials'), null);
        assert.equal(headers.get('Set-Cookie'), null);
      }
    });

    // Asks nothing and nobody, so there is nothing to refuse.
    if (operation.security.length === 0 && !operation.body) continue;
    it(`${operation.operationId} shows pages its errors too`, async () => {
      const { method, path } = exampleRequest(operation, await signInNewUser(app()));
      const body = operation.body ? '{' : undefined;
      const answer = await call(app(), method, path, { body, headers: { Origin: ORIGIN } });
      assert.equal(answer.status, operation.security.length > 0 ? 401 : 400);
      assert.equal(answer.headers.get('Access-Control-Allow-Origin'), '*');
      assert.deepEqual(namesIn(answer, 'Access-Control-Expose-Headers').includes('X-Request-ID'), true);
    });
  }

  for (const operation of OPERATIONS.filter(({ operationId }) => !OPEN.includes(operationId))) {
    it(`${operation.operationId} may be called by no page`, async () => {
      const caller = await signInNewUser(app());
      const asked = await preflight(operation, caller);
      assert.equal(asked.status, 405);
      assertClosed(asked);
      assertClosed(await sendExample(app(), operation, caller, { Origin: ORIGIN }));
    });
  }

  it('allows the headers of the plugin by their prefix, and no others', async () => {
    const operation = OPERATIONS.find(({ operationId }) => operationId === 'getAuthSession') as DeclaredOperation;
    const wanted = ['X-Telemy-Client-Version', 'x-telemy-client-platform', 'X-Relay-Auth', 'Cookie', 'X-Telemy-\u00e9'];
    const asked = await fetchPath(app().url, `/api/v1${operation.path}`, {
      method: 'OPTIONS',
      headers: {
        Origin: ORIGIN,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': wanted.join(','),
      },
    });
    assert.deepEqual(namesIn(asked, 'Access-Control-Allow-Headers'), [
      'x-telemy-client-version',
      'x-telemy-client-platform',
    ]);
  });

  it('is closed for a method that the path does not know, for unknown paths, and for the server beside the API', async () => {
    for (const [path, method] of [
      ['/api/v1/auth/session', 'DELETE'],
      ['/api/v1/nothing', 'GET'],
      ['/healthz', 'GET'],
      ['/nothing', 'GET'],
    ] as const) {
      const headers = { Origin: ORIGIN, 'Access-Control-Request-Method': method };
      assertClosed(await fetchPath(app().url, path, { method: 'OPTIONS', headers }));
      assertClosed(await fetchPath(app().url, path, { method, headers: { Origin: ORIGIN } }));
    }
  });

  it('says nothing to callers that are no pages', async () => {
    const operation = OPERATIONS.find(({ operationId }) => operationId === 'getAuthSession') as DeclaredOperation;
    assertClosed(await sendExample(app(), operation, await signInNewUser(app())));
  });
});

function assertClosed({ headers }: Answer): void {
  assert.deepEqual(
    [...headers.keys()].filter((name) => name.startsWith('access-control-')),
    [],
  );
}

function namesIn({ headers }: Answer, header: string): string[] {
  return (headers.get(header) ?? '').split(',').map((name) => name.trim());
}
