import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { type Document, OpenAPIValidator, type Operation, type Request } from 'openapi-backend';
import { readContractText } from '../../src/http/contract-document.ts';
import { OperationRouter } from '../../src/http/operation-router.ts';
import { createRequestValidation } from '../../src/http/request-validation.ts';
import { resolveAll } from '../support/resolve-references.ts';

const document = JSON.parse(readContractText());
const definition = resolveAll(document, document) as Document;
const router = new OperationRouter(definition);
const theirs = new OpenAPIValidator({
  definition,
  router,
  coerceTypes: true,
  lazyCompileValidators: true,
  ajvOpts: { allErrors: true, validateSchema: false, strict: false, coerceTypes: true },
  customizeAjv: (_ajv, options) => addFormats.default(new Ajv(options)) as never,
});
const ours = createRequestValidation(theirs, router);

const text = fc.oneof(
  fc.constantFrom('', '0', '7', '-1', '1e3', 'true', 'eu-west', '00000000-0000-4000-8000-000000000001', 'ses_1'),
  fc.string({ maxLength: 8 }),
);
const names = (place: string) => (operation: Operation) =>
  (operation.parameters ?? []).flatMap((one) => ('in' in one && one.in === place ? [one.name] : []));
const bodies = fc.oneof(
  fc.constant(undefined),
  fc.dictionary(fc.constantFrom('session_id', 'client', 'refresh_token', 'x'), fc.jsonValue({ maxDepth: 2 })),
);

const requests = fc.constantFrom(...router.getOperations()).chain((operation) =>
  fc.record({
    operation: fc.constant(operation),
    path: text.map((value) => `/api/v1${operation.path.replace(/\{\w+\}/g, encodeURIComponent(value) || 'x')}`),
    query: fc.dictionary(fc.constantFrom('unknown', ...names('query')(operation)), fc.oneof(text, fc.array(text))),
    headers: fc.dictionary(
      fc.constantFrom('host', ...names('header')(operation).map((name) => name.toLowerCase())),
      text,
    ),
    body: bodies,
  }),
);

describe('the validation of requests', () => {
  it("finds for any request what openapi-backend's own finds, and makes the same of its parts", () => {
    let good = 0;
    let bad = 0;
    fc.assert(
      fc.property(requests, ({ operation, ...parts }) => {
        const given = { method: operation.method, ...parts } as Request;
        const found = ours(structuredClone(given), operation);
        const wanted = theirs.validateRequest(structuredClone(given), operation);
        assert.equal(found.valid, wanted.valid);
        assert.deepEqual(found.errors, wanted.errors);
        if (found.valid) {
          const { query, params } = wanted.coerced as unknown as Record<string, unknown>;
          assert.deepEqual([found.coerced.query, (found.coerced as { params?: unknown }).params], [query, params]);
        }
        if (found.valid) good += 1;
        else bad += 1;
      }),
      { numRuns: 1_500 },
    );
    assert.ok(good > 50 && bad > 50, `${good} good and ${bad} bad ones say little`);
  });
});
