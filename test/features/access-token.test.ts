import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { createAccessTokens } from '../../src/features/auth/access-token.ts';
import { createStillClock } from '../support/still-clock.ts';

const SECRET = 'now-0123456789-0123456789-0123456789';
const BEFORE = 'old-0123456789-0123456789-0123456789';
const FOREIGN = 'foe-0123456789-0123456789-0123456789';
const CLAIMS = { userId: 'usr_1', authSessionId: 'aut_1', refreshCounter: 3 };
const READ = { ...CLAIMS, isLegacy: false };
const START = '2026-03-01T10:00:00.750Z';
const ISSUED = Math.floor(Date.parse(START) / 1000);

const HEADER = { alg: 'HS256', kid: keyId(SECRET) };
const PAYLOAD = { sub: 'usr_1', sid: 'aut_1', rc: 3, iat: ISSUED, exp: ISSUED + 900 };

function keyId(secret: string): string {
  return createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 8);
}

/** A JWT (RFC 7515, compact form) made by hand. */
function jwt(header: object, payload: object, secret: string, hash = 'sha256'): string {
  const statement = [header, payload].map((part) => encode(JSON.stringify(part))).join('.');
  return `${statement}.${createHmac(hash, secret).update(statement).digest('base64url')}`;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function decode(part: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
}

function without(name: keyof typeof PAYLOAD): object {
  return Object.fromEntries(Object.entries(PAYLOAD).filter(([key]) => key !== name));
}

const REFUSED: [name: string, token: string][] = [
  ['a foreign key', jwt(HEADER, PAYLOAD, FOREIGN)],
  ['a foreign key that names itself', jwt({ ...HEADER, kid: keyId(FOREIGN) }, PAYLOAD, FOREIGN)],
  ['no kid', jwt({ alg: 'HS256' }, PAYLOAD, SECRET)],
  ['an unknown kid', jwt({ ...HEADER, kid: 'nobody' }, PAYLOAD, SECRET)],
  ['alg none and no seal', `${encode('{"alg":"none"}')}.${encode(JSON.stringify(PAYLOAD))}.`],
  ['alg none and a known kid', jwt({ ...HEADER, alg: 'none' }, PAYLOAD, SECRET)],
  ['alg HS512', jwt({ ...HEADER, alg: 'HS512' }, PAYLOAD, SECRET, 'sha512')],
  ['alg RS256 over the same key', jwt({ ...HEADER, alg: 'RS256' }, PAYLOAD, SECRET)],
  ['no sub', jwt(HEADER, without('sub'), SECRET)],
  ['no sid', jwt(HEADER, without('sid'), SECRET)],
  ['no rc', jwt(HEADER, without('rc'), SECRET)],
  ['no exp', jwt(HEADER, without('exp'), SECRET)],
  ['a sid that is no text', jwt(HEADER, { ...PAYLOAD, sid: 1 }, SECRET)],
  ['an rc that is no number', jwt(HEADER, { ...PAYLOAD, rc: '3' }, SECRET)],
  ['an exp in the past', jwt(HEADER, { ...PAYLOAD, exp: ISSUED }, SECRET)],
  ['a start in the future', jwt(HEADER, { ...PAYLOAD, nbf: ISSUED + 60 }, SECRET)],
  ['a payload that is no JSON', `${encode(JSON.stringify(HEADER))}.${encode('x')}.x`],
  ['two parts', jwt(HEADER, PAYLOAD, SECRET).split('.').slice(0, 2).join('.')],
  ['nothing', ''],
];

describe('an access token', () => {
  it('is HS256 with sub, sid, rc and kid, and lives 15 minutes', async () => {
    const token = await createAccessTokens([SECRET, BEFORE], createStillClock(START)).sign(CLAIMS);
    const [header, payload] = token.split('.');
    assert.deepEqual(decode(header), HEADER);
    assert.deepEqual(decode(payload), PAYLOAD);
    assert.equal(token, jwt(decode(header), decode(payload), SECRET));
  });

  it('says whom it is for', async () => {
    const tokens = createAccessTokens([SECRET], createStillClock(START));
    assert.deepEqual(await tokens.verify(jwt(HEADER, PAYLOAD, SECRET)), READ);
  });

  it('outlives the rotation of the secret', async () => {
    const old = jwt({ ...HEADER, kid: keyId(BEFORE) }, PAYLOAD, BEFORE);
    const clock = createStillClock(START);
    assert.deepEqual(await createAccessTokens([SECRET, BEFORE], clock).verify(old), READ);
    assert.equal(await createAccessTokens([SECRET], clock).verify(old), null);
  });

  it('ends after exactly 15 minutes', async () => {
    const clock = createStillClock(START);
    const tokens = createAccessTokens([SECRET], clock);
    const token = await tokens.sign(CLAIMS);
    clock.forward(899);
    assert.deepEqual(await tokens.verify(token), READ);
    clock.forward(1);
    assert.equal(await tokens.verify(token), null);
  });

  for (const [name, token] of REFUSED) {
    it(`is refused with ${name}`, async () => {
      assert.equal(await createAccessTokens([SECRET, BEFORE], createStillClock(START)).verify(token), null);
    });
  }

  it('is refused with any part changed', async () => {
    const tokens = createAccessTokens([SECRET], createStillClock(START));
    const token = jwt(HEADER, PAYLOAD, SECRET);
    for (let index = 0; index < token.length - 1; index += 1) {
      const other = token[index] === 'x' ? 'y' : 'x';
      const changed = `${token.slice(0, index)}${other}${token.slice(index + 1)}`;
      assert.equal(await tokens.verify(changed), null, changed);
    }
  });
});
