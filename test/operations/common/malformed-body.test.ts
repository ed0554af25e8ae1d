import assert from 'node:assert/strict';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { type DeclaredOperation, OPERATIONS, type Schema } from './contract.ts';
import { assertNothingChanges } from './database-content.ts';
import { assertError, assertFaults } from './error-body.ts';
import { exampleBody, exampleRequest } from './example-request.ts';
import { rawRequest } from './raw-request.ts';

/** Secrets are compared, not read: any text that isn't the right one gets the answer of a wrong one. */
const OPAQUE = ['poll_token', 'refresh_token'];
/** A raw body isn't read before it is answered: what is no JSON is stored like everything that is signed. */
const withBody = OPERATIONS.filter((operation) => operation.body && !operation.rawBody);

describe('400 of every operation with a body', () => {
  // So that no checkout is refused for its origin instead.
  const app = useApp({ roles: ['api'], env: { CHECKOUT_REDIRECT_ORIGINS: 'https://telemyapp.com' } });
  let caller: SignedIn;
  before(async () => {
    caller = await signInNewUser(app());
    // The first call with a token is written down.
    await call(app(), 'GET', '/auth/session', { token: caller.token });
  });

  function send(operation: DeclaredOperation, body: Uint8Array | string) {
    const request = exampleRequest(operation, caller, body);
    return rawRequest(app(), { ...request, headers: { ...request.headers, 'Content-Type': 'application/json' } });
  }

  for (const operation of withBody) {
    const good = JSON.stringify(operation.body?.example);
    const malformed: [string, Uint8Array | string][] = [
      ['half a text', good.slice(0, -1)],
      ['trailing garbage', `${good} x`],
      ['two values', `${good}${good}`],
      ['null', 'null'],
      ['an array', `[${good}]`],
      ['a string', JSON.stringify(good)],
      ['a number', '1'],
      ['true', 'true'],
      ['blanks', '  \n'],
      ['a comment', `${good}// hello`],
      ['single quotes', "{'a': 1}"],
      ['NaN', '{"a": NaN}'],
      ['a lone NUL byte', '\u0000'],
      ['invalid UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])],
      ['overlong UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')])],
    ];

    it(`${operation.operationId} refuses a body that isn't one JSON object, and changes nothing`, async () => {
      await assertNothingChanges(app(), async () => {
        for (const [name, body] of malformed) {
          const answer = await send(operation, body);
          assert.equal(answer.status, 400, `${name}: ${answer.text}`);
          assertFaults(answer, ['/body']);
        }
      });
    });

    it(`${operation.operationId} refuses NUL in every text that it reads`, async () => {
      await assertNothingChanges(app(), async () => {
        for (const path of stringPaths(operation.body?.schema ?? {})) {
          const answer = await send(operation, JSON.stringify(withNul(exampleBody(operation, caller), path)));
          if (OPAQUE.includes(path.at(-1) ?? '')) {
            assert.equal([401, 404].includes(answer.status), true, `${path.join('.')}: ${answer.text}`);
          } else {
            assert.equal(answer.status, 400, `${path.join('.')}: ${answer.text}`);
            assertError(answer, 400, 'invalid_request');
          }
        }
      });
    });

    if (operation.body?.required) {
      it(`${operation.operationId} refuses a missing body`, async () => {
        const { method, path, headers } = exampleRequest(operation, caller);
        const answer = await assertNothingChanges(app(), () => rawRequest(app(), { method, path, headers }));
        assertFaults(answer, ['/body']);
      });
    }
  }
});

/** Where the schema has texts. */
function stringPaths(schema: Schema, above: string[] = []): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    property.type === 'string' ? [[...above, name]] : stringPaths(property, [...above, name]),
  );
}

/** A copy of the body whose text at `path` has a NUL behind its example. */
function withNul(body: unknown, [name = '', ...rest]: string[]): unknown {
  const object = (body ?? {}) as Record<string, unknown>;
  const changed = rest.length > 0 ? withNul(object[name], rest) : `${String(object[name] ?? 'x')}\u0000`;
  return { ...object, [name]: changed };
}
