import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readRefreshToken, signRefreshToken } from '../../src/features/auth/refresh-token.ts';

const SECRET = 'now-0123456789-0123456789-0123456789';
const BEFORE = 'old-0123456789-0123456789-0123456789';
const FOREIGN = 'foe-0123456789-0123456789-0123456789';
const CLAIMS = { authSessionId: 'aut_0195f00dcafe', counter: 12 };
const TOKEN = seal(SECRET, 'tr1.aut_0195f00dcafe.12');

/** The encoding that domain.md states, written a second time: version.session.counter.HMAC. */
function seal(secret: string, statement: string): string {
  return `${statement}.${createHmac('sha256', secret).update(statement).digest('base64url')}`;
}

const TAMPERED: [name: string, token: string][] = [
  ['another version', TOKEN.replace('tr1', 'tr2')],
  ['another device', TOKEN.replace('cafe', 'cafd')],
  ['a later counter', TOKEN.replace('.12.', '.13.')],
  ['an earlier counter', TOKEN.replace('.12.', '.11.')],
  ['another way to write the counter', seal(SECRET, 'tr1.aut_0195f00dcafe.012')],
  ['a counter with a sign', seal(SECRET, 'tr1.aut_0195f00dcafe.-1')],
  ['a counter that is no number', seal(SECRET, 'tr1.aut_0195f00dcafe.x')],
  ['a counter beyond all bounds', seal(SECRET, 'tr1.aut_0195f00dcafe.99999999999')],
  ['an id of another kind', seal(SECRET, 'tr1.usr_0195f00dcafe.12')],
  [
    'a changed first sign of the seal',
    TOKEN.replace(/\.(.)([^.]*)$/, (_, a, rest) => `.${a === 'A' ? 'B' : 'A'}${rest}`),
  ],
  ['a shorter seal', TOKEN.slice(0, -1)],
  ['a longer seal', `${TOKEN}A`],
  ['no seal', 'tr1.aut_0195f00dcafe.12.'],
  ['no fourth part', 'tr1.aut_0195f00dcafe.12'],
  ['a fifth part', `${TOKEN}.x`],
  ['white space', ` ${TOKEN}`],
  ['a line feed at the end', `${TOKEN}\n`],
  ['nothing', ''],
  ['a seal by a foreign secret', seal(FOREIGN, 'tr1.aut_0195f00dcafe.12')],
];

describe('a refresh token', () => {
  it('is version.session.counter.HMAC-SHA256', () => {
    assert.equal(signRefreshToken([SECRET], CLAIMS), TOKEN);
  });

  it('says what it was signed for', () => {
    assert.deepEqual(readRefreshToken([SECRET], TOKEN), CLAIMS);
    assert.deepEqual(readRefreshToken([SECRET], seal(SECRET, 'tr1.aut_1.0')), { authSessionId: 'aut_1', counter: 0 });
  });

  it('is signed with the current secret and read with the previous one too', () => {
    assert.equal(signRefreshToken([SECRET, BEFORE], CLAIMS), TOKEN);
    assert.deepEqual(readRefreshToken([SECRET, BEFORE], seal(BEFORE, 'tr1.aut_0195f00dcafe.12')), CLAIMS);
    assert.equal(readRefreshToken([SECRET], seal(BEFORE, 'tr1.aut_0195f00dcafe.12')), null);
  });

  for (const [name, token] of TAMPERED) {
    it(`is refused with ${name}`, () => {
      assert.notEqual(token, TOKEN);
      assert.equal(readRefreshToken([SECRET, BEFORE], token), null);
    });
  }

  it('is refused with any single character changed', () => {
    for (let index = 0; index < TOKEN.length - 1; index += 1) {
      const other = TOKEN[index] === 'x' ? 'y' : 'x';
      const changed = `${TOKEN.slice(0, index)}${other}${TOKEN.slice(index + 1)}`;
      assert.equal(readRefreshToken([SECRET], changed), null, changed);
    }
  });
});
