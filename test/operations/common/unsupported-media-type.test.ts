import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import type { Answer } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { operationsWith } from './common-statuses.ts';
import type { DeclaredOperation } from './contract.ts';
import { assertNothingChanges } from './database-content.ts';
import { assertError } from './error-body.ts';
import { exampleBody, exampleRequest } from './example-request.ts';
import { rawRequest } from './raw-request.ts';

const REFUSED: [name: string, headers: Record<string, string>, encode?: (text: string) => Uint8Array][] = [
  ['text/plain', { 'Content-Type': 'text/plain' }],
  ['no content type', {}],
  ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ['a type that only begins like JSON', { 'Content-Type': 'application/jsonp' }],
  ['Latin-1', { 'Content-Type': 'application/json; charset=latin1' }, (text) => Buffer.from(text, 'latin1')],
  ['UTF-16', { 'Content-Type': 'application/json; charset=utf-16' }, (text) => Buffer.from(text, 'utf16le')],
  ['gzip', { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, gzipSync],
];
const TAKEN = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'Application/JSON; charset="utf-8"',
];

describe('415 of every operation with a body', () => {
  const app = useApp({ roles: ['api'] });
  let caller: SignedIn;
  before(async () => {
    caller = await signInNewUser(app());
  });

  function send(
    operation: DeclaredOperation,
    headers: Record<string, string>,
    encode: (text: string) => Uint8Array = Buffer.from,
    as: SignedIn = caller,
  ): Promise<Answer> {
    const request = exampleRequest(operation, as, encode(JSON.stringify(exampleBody(operation, as))));
    return rawRequest(app(), { ...request, headers: { ...request.headers, ...headers } });
  }

  for (const operation of operationsWith('415')) {
    it(`${operation.operationId} refuses whatever isn't JSON in UTF-8, and changes nothing`, async () => {
      // Once, so that the note of the token's first use isn't taken for a change.
      await send(operation, { 'Content-Type': 'text/plain' });
      await assertNothingChanges(app(), async () => {
        for (const [name, headers, encode] of REFUSED) {
          const answer = await send(operation, headers, encode);
          assert.equal(answer.status, 415, name);
          const { details } = assertError(answer, 415, 'unsupported_media_type');
          assert.deepEqual(details, { supported: ['application/json'] });
        }
      });
    });

    it(`${operation.operationId} takes JSON however its type is spelt`, async () => {
      for (const type of TAKEN) {
        const answer = await send(operation, { 'Content-Type': type }, Buffer.from, await signInNewUser(app()));
        assert.notEqual(answer.status, 415, type);
        assert.equal(answer.status < 500, true, answer.text);
      }
    });
  }
});
