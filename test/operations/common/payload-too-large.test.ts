import assert from 'node:assert/strict';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { operationsWith } from './common-statuses.ts';
import type { DeclaredOperation } from './contract.ts';
import { assertNothingChanges } from './database-content.ts';
import { assertError } from './error-body.ts';
import { exampleRequest } from './example-request.ts';
import { rawRequest } from './raw-request.ts';

const LIMIT = 1_048_576;

describe('413 of every operation with a body', () => {
  const app = useApp({ roles: ['api'] });
  let caller: SignedIn;
  before(async () => {
    caller = await signInNewUser(app());
  });

  function send(operation: DeclaredOperation, body: string, chunked: boolean) {
    const request = exampleRequest(operation, caller, body);
    const headers = { ...request.headers, 'Content-Type': 'application/json' };
    return rawRequest(app(), { ...request, headers, chunked });
  }

  for (const operation of operationsWith('413')) {
    it(`${operation.operationId} refuses one byte more than 1 MiB by the length that was told`, async () => {
      const answer = await assertNothingChanges(app(), () => send(operation, padded(LIMIT + 1), false));
      const { details } = assertError(answer, 413, 'payload_too_large');
      assert.deepEqual(details, { limit_bytes: LIMIT });
    });

    it(`${operation.operationId} refuses more than 1 MiB that comes in chunks without a length`, async () => {
      const answer = await assertNothingChanges(app(), () => send(operation, padded(LIMIT + 1), true));
      const { details } = assertError(answer, 413, 'payload_too_large');
      assert.deepEqual(details, { limit_bytes: LIMIT });
    });

    it(`${operation.operationId} tells even a sender of 4 MiB why it was cut off`, async () => {
      assertError(await send(operation, padded(4 * LIMIT), true), 413, 'payload_too_large');
      assertError(await send(operation, padded(4 * LIMIT), false), 413, 'payload_too_large');
    });

    it(`${operation.operationId} reads exactly 1 MiB`, async () => {
      // Not an object, so that most refuse it: what matters is that it was read to its end.
      const answer = await send(operation, `[${' '.repeat(LIMIT - 2)}]`, true);
      if (operation.rawBody) assert.equal(answer.status, 200, answer.text);
      else assertError(answer, 400, 'invalid_request');
    });
  }

  it('every operation with a body declares 413', () => {
    assert.deepEqual(
      operationsWith('413').map((operation) => operation.operationId),
      operationsWith('429')
        .filter((operation) => operation.body)
        .map((operation) => operation.operationId),
    );
  });
});

function padded(bytes: number): string {
  return `{"pad":"${'x'.repeat(bytes - 10)}"}`;
}
