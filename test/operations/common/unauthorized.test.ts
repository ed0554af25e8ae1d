import assert from 'node:assert/strict';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { operationsWith } from './common-statuses.ts';
import type { DeclaredOperation } from './contract.ts';
import { assertNothingChanges } from './database-content.ts';
import { assertError } from './error-body.ts';
import { exampleRequest, sendExample } from './example-request.ts';

const CREDENTIAL_HEADERS = ['Authorization', 'X-Plugin-Login-Auth', 'X-Relay-Auth', 'X-Signature'];
const GARBAGE = [
  'x',
  'Bearer',
  'Bearer x.y.z',
  'Basic dXNlcjpwYXNz',
  'null',
  '../../etc/passwd',
  "' or 1=1 --",
  '0'.repeat(64),
];
const secured = operationsWith('401').filter((operation) => operation.security.length > 0);

describe('401 of every secured operation', () => {
  const app = useApp({ roles: ['api'] });
  let caller: SignedIn;
  before(async () => {
    caller = await signInNewUser(app());
    await call(app(), 'GET', '/auth/session', { token: caller.token });
  });

  /** The example, with these headers in place of its credentials. */
  function sendAs(operation: DeclaredOperation, headers: Record<string, string>): Promise<Answer> {
    const request = exampleRequest(operation, caller);
    for (const name of CREDENTIAL_HEADERS) delete request.headers[name];
    return call(app(), request.method, request.path, {
      body: request.body,
      headers: { ...request.headers, ...headers },
    });
  }

  for (const operation of secured) {
    it(`${operation.operationId} lets nobody in without credentials, and changes nothing`, async () => {
      const answer = await assertNothingChanges(app(), () => sendAs(operation, {}));
      assertError(answer, 401, 'unauthorized');
    });

    it(`${operation.operationId} lets nobody in with garbage in every header that takes credentials`, async () => {
      await assertNothingChanges(app(), async () => {
        for (const text of GARBAGE) {
          const headers = Object.fromEntries(CREDENTIAL_HEADERS.map((name) => [name, text]));
          assertError(await sendAs(operation, headers), 401, 'unauthorized');
        }
      });
    });

    it(`${operation.operationId} asks who is calling before it looks at the request`, async () => {
      const { method, path } = exampleRequest(operation, caller);
      const answer = await call(app(), method, path, operation.body ? { body: '{"' } : {});
      assertError(answer, 401, 'unauthorized');
    });

    it(`${operation.operationId} does let the right caller in`, async () => {
      // On a device of its own: one of the operations signs it out.
      const answer = await sendExample(app(), operation, await signInNewUser(app()));
      assert.notEqual(answer.status, 401, answer.text);
    });
  }

  it('every operation is either open on purpose or tested above', () => {
    const open = operationsWith('429').filter((operation) => operation.security.length === 0);
    assert.deepEqual(open.map((operation) => operation.operationId).sort(), [
      'getCapacityStatus',
      'pollPluginLogin',
      'refreshAuth',
      'startPluginLogin',
    ]);
  });
});
