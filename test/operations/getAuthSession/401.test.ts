import assert from 'node:assert/strict';
import { type SignedIn, signIn } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { TEST_SECRETS, useApp } from '../../support/test-app.ts';
import { readAccessToken, signAccessToken, type TokenParts, unsignedAccessToken } from '../common/access-token.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError, withoutRequestId } from '../common/error-body.ts';

const { JWT_SECRET } = TEST_SECRETS;
const sign = (parts: TokenParts) => signAccessToken(parts, JWT_SECRET);
const withHeader = ({ header, payload }: TokenParts, values: object) => ({ header: { ...header, ...values }, payload });
const withPayload = ({ header, payload }: TokenParts, values: object) => ({
  header,
  payload: { ...payload, ...values },
});

const FORGERIES: [name: string, forge: (token: TokenParts, other: TokenParts) => string][] = [
  ['no signature', (token) => unsignedAccessToken(token)],
  ['alg none', (token) => unsignedAccessToken(withHeader(token, { alg: 'none' }))],
  ['alg none and a good signature', (token) => sign(withHeader(token, { alg: 'none' }))],
  ['another secret', (token) => signAccessToken(token, 'x'.repeat(43))],
  ['HS512', (token) => signAccessToken(withHeader(token, { alg: 'HS512' }), JWT_SECRET, 'sha512')],
  ['HS256 and the header of HS512', (token) => sign(withHeader(token, { alg: 'HS512' }))],
  ['the kid of no key', (token) => sign(withHeader(token, { kid: 'ffffffff' }))],
  ['no kid', (token) => sign(withHeader(token, { kid: undefined }))],
  ['a critical extension', (token) => sign(withHeader(token, { crit: ['exp2'], exp2: 1 }))],
  ['no sid', (token) => sign(withPayload(token, { sid: undefined }))],
  ['no sub', (token) => sign(withPayload(token, { sub: undefined }))],
  ['no exp', (token) => sign(withPayload(token, { exp: undefined }))],
  ['no rc', (token) => sign(withPayload(token, { rc: undefined }))],
  ['an rc from the future', (token) => sign(withPayload(token, { rc: 1 }))],
  ['an unknown sid', (token) => sign(withPayload(token, { sid: `aut_${'0'.repeat(32)}` }))],
  ["another user's sid", (token, other) => sign(withPayload(token, { sid: other.payload.sid }))],
  ["another user's sub", (token, other) => sign(withPayload(token, { sub: other.payload.sub }))],
  ['a sid that is no text', (token) => sign(withPayload(token, { sid: [token.payload.sid] }))],
  ['a time that has passed', (token) => sign(withPayload(token, { exp: Number(token.payload.iat) - 1 }))],
  ['a time that is no number', (token) => sign(withPayload(token, { exp: '2999-01-01' }))],
  ['an nbf that is yet to come', (token) => sign(withPayload(token, { nbf: Number(token.payload.iat) + 600 }))],
];

describe('getAuthSession 401: which access tokens are good', () => {
  const app = useApp({ roles: ['api'] });

  const read = (authorization: string) =>
    call(app(), 'GET', '/auth/session', { headers: { Authorization: authorization } });

  async function device(): Promise<SignedIn & { parts: TokenParts }> {
    const signedIn = await signIn(app());
    // The first use of a token is written down.
    await call(app(), 'GET', '/auth/session', { token: signedIn.token });
    return { ...signedIn, parts: readAccessToken(signedIn.token) };
  }

  it('tokens are HS256 with a kid, for fifteen minutes, and name the user and the sign-in', async () => {
    const { token, refreshToken, user, parts } = await device();
    assert.deepEqual(parts.header, { alg: 'HS256', kid: parts.header.kid });
    assert.match(String(parts.header.kid), /^\S+$/);
    const { iat, exp } = parts.payload as { iat: number; exp: number };
    assert.deepEqual(parts.payload, { sub: user.id, sid: refreshToken.split('.')[1], rc: 0, iat, exp });
    assert.equal(exp - iat, 900);
    // What these tests sign by hand is what the server signs.
    assert.equal((await read(`Bearer ${sign(parts)}`)).status, 200);
    assert.equal(token.split('.').length, 3);
  });

  for (const [name, forge] of FORGERIES) {
    it(`refuses a token with ${name}, and changes nothing`, async () => {
      const [mine, other] = [await device(), await device()];
      const forged = forge(mine.parts, other.parts);
      const answer = await assertNothingChanges(app(), () => read(`Bearer ${forged}`));
      assertError(answer, 401, 'unauthorized');
      assert.deepEqual(withoutRequestId(answer), withoutRequestId(await read('')));
    });
  }

  it('refuses a good token that comes in any other way than Authorization: Bearer', async () => {
    const { token } = await device();
    assert.equal((await read(`bearer ${token}`)).status, 200, 'the scheme has no case (RFC 9110, section 11.1)');
    for (const text of [token, `Token ${token}`, `Bearer ${token} x`, `Bearer "${token}"`, `Bearer ${token}.`]) {
      assertError(await read(text), 401, 'unauthorized');
    }
    assertError(await call(app(), 'GET', `/auth/session?access_token=${token}`), 401, 'unauthorized');
    const headers = { Cookie: `token=${token}`, 'X-Plugin-Login-Auth': token };
    assertError(await call(app(), 'GET', '/auth/session', { headers }), 401, 'unauthorized');
  });

  it('refuses a refresh token', async () => {
    const { refreshToken } = await device();
    assertError(await read(`Bearer ${refreshToken}`), 401, 'unauthorized');
  });

  it('ends a token with its fifteen minutes, and not before', async () => {
    const { token } = await device();
    await app().advanceClock(895);
    assert.equal((await read(`Bearer ${token}`)).status, 200);
    await app().advanceClock(5);
    assertError(await read(`Bearer ${token}`), 401, 'unauthorized');
  });

  it('ends a token with its user', async () => {
    const { token, user } = await device();
    await app().database('users').where({ id: user.id }).delete();
    assertError(await read(`Bearer ${token}`), 401, 'unauthorized');
  });
});
