import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Document, OpenAPIRouter, type Request } from 'openapi-backend';
import { API_ROOT, readContractText } from '../../src/http/contract-document.ts';
import { OperationRouter } from '../../src/http/operation-router.ts';
import { resolveAll } from '../support/resolve-references.ts';

const document = JSON.parse(readContractText());
const definition = resolveAll(document, document) as Document;
const ours = new OperationRouter(definition);
const theirs = new OpenAPIRouter({ definition, apiRoot: API_ROOT });
const operations = theirs.getOperations();

const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'get'];
const segment = fc.oneof(
  fc.constantFrom(...new Set(operations.flatMap(({ path }) => path.split('/')))),
  fc.stringMatching(/^[\w.~%-]{0,8}$/),
);
const path = fc.oneof(
  fc.constantFrom(...operations.map((operation) => operation.path.replace(/\{\w+\}/g, 'ses_1%20a'))),
  fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
);
const root = fc.constantFrom(API_ROOT, API_ROOT, API_ROOT, '', '/api/v1x', '/api');
const request = fc
  .record({ root, path, end: fc.constantFrom('', '/', '//'), method: fc.constantFrom(...METHODS) })
  .map((given) => ({ method: given.method, path: `${given.root}${given.path}${given.end}`, headers: {} }));

/** The found operation's id, or the status that the backend makes of what is thrown. */
function outcome(router: OpenAPIRouter, given: Request) {
  try {
    return router.matchOperation(given, true).operationId;
  } catch (error) {
    return (error as Error).message.slice(0, 3);
  }
}

describe('the router of operations', () => {
  it("finds for any method and path what openapi-backend's own finds: an operation, 404 or 405", () => {
    fc.assert(
      fc.property(request, (given) => assert.equal(outcome(ours, given), outcome(theirs, given))),
      {
        numRuns: 3_000,
      },
    );
  });

  it('finds every operation of the contract, with and without a slash at the end', () => {
    for (const { operationId, method, path: template } of operations) {
      const path = `${API_ROOT}${template.replace(/\{\w+\}/g, 'x')}`;
      assert.equal(outcome(ours, { method, path, headers: {} }), operationId);
      assert.equal(outcome(ours, { method, path: `${path}/`, headers: {} }), operationId);
    }
  });

  it("reads the parameters of a path as openapi-backend's own does", () => {
    const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).map(encodeURIComponent);
    fc.assert(
      fc.property(fc.constantFrom(...operations), text, (operation, value) => {
        const path = `${API_ROOT}${operation.path.replace(/\{\w+\}/g, value)}`;
        const given = { method: operation.method, path, headers: {}, query: {} };
        assert.deepEqual(ours.parseRequest(given, operation).params, theirs.parseRequest(given, operation).params);
      }),
    );
  });

  it('refuses at the start a parameter of a kind that it does not read', () => {
    const cookie = { name: 'taste', in: 'cookie', schema: { type: 'string' } };
    const odd = {
      ...definition,
      paths: { '/odd': { get: { operationId: 'odd', parameters: [cookie], responses: {} } } },
    };
    assert.throws(
      () => new OperationRouter(odd as unknown as Document),
      /odd has a parameter that the router doesn't read/,
    );
  });
});
