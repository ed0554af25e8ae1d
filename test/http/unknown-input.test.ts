import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { OPERATIONS } from '../operations/common/contract.ts';
import { assertFaults } from '../operations/common/error-body.ts';
import { exampleBody, exampleRequest } from '../operations/common/example-request.ts';
import { signInNewUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';

const STRANGE_QUERIES = ['future=1', 'future=1&future=2', 'a[b]=c&a[]=d', '__proto__=x&constructor=y', '=&&%00', 'x'];

describe('What the contract does not know', () => {
  // Checkouts get as far as to find out that nothing is sold, rather than end with an origin that isn't allowed.
  const app = useApp({ roles: ['api'], env: { CHECKOUT_REDIRECT_ORIGINS: 'https://telemyapp.com' } });

  for (const operation of OPERATIONS) {
    it(`${operation.operationId} ignores unknown query parameters`, async () => {
      const { method, path, headers, body } = exampleRequest(operation, await signInNewUser(app()));
      const plain = await call(app(), method, path, { body, headers });
      for (const query of STRANGE_QUERIES) {
        const fresh = exampleRequest(operation, await signInNewUser(app()));
        const answer = await call(app(), method, `${path}?${query}`, { body: fresh.body, headers: fresh.headers });
        assert.equal(answer.status, plain.status, `${query}: ${answer.text}`);
      }
    });

    if (!operation.body) continue;
    it(`${operation.operationId} ignores unknown body fields, those with names of JavaScript's own too`, async () => {
      const plain = exampleRequest(operation, await signInNewUser(app()));
      const expected = await call(app(), plain.method, plain.path, plain);
      const caller = await signInNewUser(app());
      const strange = '"__proto__":{"outcome":"denied","slot_number":7},"constructor":1,"toString":null,"future":[{}]';
      const known = JSON.stringify(exampleBody(operation, caller)).slice(1, -1);
      const body = `{${strange}${known === '' ? '' : `,${known}`}}`;
      const { method, path, headers } = exampleRequest(operation, caller, body);
      const answer = await call(app(), method, path, { headers, body });
      assert.equal(answer.status, expected.status, answer.text);
    });
  }

  it('fields behind __proto__ are never taken for the real ones', async () => {
    const { token } = await signInNewUser(app());
    const body = '{"__proto__":{"slot_number":2}}';
    const answer = await call(app(), 'POST', '/user/regenerate-token', { token, body });
    assert.deepEqual([answer.status, answer.body.slot_number], [200, 1]);
    assert.equal(({} as { slot_number?: number }).slot_number, undefined);
  });

  it('a known query parameter that comes twice is a 400', async () => {
    const { token } = await signInNewUser(app());
    const id = randomUUID();
    const twice: [query: string, name: string][] = [
      [`connection_id=${id}&connection_id=${id}`, 'connection_id'],
      ['wait_seconds=0&wait_seconds=0', 'wait_seconds'],
      ['since_version=1&future=1&since_version=1', 'since_version'],
    ];
    for (const [query, name] of twice) {
      assertFaults(await call(app(), 'GET', `/relay/active?${query}`, { token }), [`/query/${name}`]);
    }
  });

  it('all faults of a query are told at once', async () => {
    const { token } = await signInNewUser(app());
    const query = 'connection_id=x&wait_seconds=26&since_version=-1&future=1';
    const answer = await call(app(), 'GET', `/relay/active?${query}`, { token });
    assertFaults(answer, ['/query/connection_id', '/query/wait_seconds', '/query/since_version']);
  });
});
