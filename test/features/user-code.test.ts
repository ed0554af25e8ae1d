import assert from 'node:assert/strict';
import { makeUserCode, readUserCode } from '../../src/features/auth/user-code.ts';
import { systemRandom } from '../../src/random.ts';

describe('User codes', () => {
  const made = Array.from({ length: 2_000 }, () => makeUserCode(systemRandom));

  it('are two groups of four letters, without vowels or anything that looks like a digit', () => {
    for (const code of made) assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  });

  it('use each letter at each place, and hardly ever come twice', () => {
    for (const place of [0, 1, 2, 3, 5, 6, 7, 8]) {
      assert.equal(new Set(made.map((code) => code[place])).size, 20, `place ${place}`);
    }
    // 2,000 of 25,600,000,000: two equal ones are one chance in ten thousand.
    assert.equal(new Set(made).size >= made.length - 1, true);
  });

  it('read back as they were made', () => {
    for (const code of made) assert.equal(readUserCode(code), code);
  });

  for (const typed of [
    'BXDK-QWLR',
    'bxdk-qwlr',
    'BxDkQwLr',
    'BXDKQWLR',
    '  BXDK QWLR\n',
    'B X D K - Q W L R',
    'bxdk–qwlr',
    'bxdk—qwlr',
    'bxdk‑qwlr',
    'bxdk\u00a0qwlr',
    '\tb-x-d-k-q-w-l-r-',
  ]) {
    it(`are read as a person types them: ${JSON.stringify(typed)}`, () => {
      assert.equal(readUserCode(typed), 'BXDK-QWLR');
    });
  }

  for (const typed of [
    '',
    ' ',
    '-',
    'BXDK-QWL',
    'BXDK-QWLRR',
    'BXDK-QWLA',
    'BXDK-QWL0',
    'BXDK_QWLR',
    'BXDK-QWLR!',
    'ВXDK-QWLR',
    'BXDK-QWLß',
    '\u0000BXDKQWLR',
    'BXDK-QWLR\u0000',
    'x'.repeat(100_000),
  ]) {
    it(`are not made out of what is none: ${JSON.stringify(typed.slice(0, 20))}`, () => {
      assert.equal(readUserCode(typed), null);
    });
  }
});
