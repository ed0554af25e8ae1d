import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { deriveRelayKey, verifyRelayKey } from '../../src/features/relay/relay-key.ts';

const SHARED = 'now-0123456789-0123456789-0123456789';
const BEFORE = 'old-0123456789-0123456789-0123456789';
const OWN = createHmac('sha256', SHARED).update('relay:ses_1').digest('base64url');

const CASES: [name: string, key: string, good: boolean][] = [
  ['the shared key', SHARED, true],
  ['the shared key of before', BEFORE, true],
  ["the session's own key", OWN, true],
  ["the session's own key of before", createHmac('sha256', BEFORE).update('relay:ses_1').digest('base64url'), true],
  ["another session's key", createHmac('sha256', SHARED).update('relay:ses_2').digest('base64url'), false],
  ['a key of a foreign secret', createHmac('sha256', 'foe').update('relay:ses_1').digest('base64url'), false],
  ['a cut key', OWN.slice(0, -1), false],
  ['a key with something behind it', `${OWN}A`, false],
  ['another case of letters', SHARED.toUpperCase(), false],
  ['nothing', '', false],
];

describe('the relay key', () => {
  it('is derived from the shared key for one session', () => {
    assert.equal(deriveRelayKey(SHARED, 'ses_1'), OWN);
  });

  for (const [name, key, good] of CASES) {
    it(`${good ? 'accepts' : 'refuses'} ${name}`, () => {
      assert.equal(verifyRelayKey([SHARED, BEFORE], key, 'ses_1'), good);
    });
  }

  it('forgets the previous key with the configuration', () => {
    assert.equal(verifyRelayKey([SHARED], BEFORE, 'ses_1'), false);
  });
});
