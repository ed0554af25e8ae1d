import assert from 'node:assert/strict';
import { decideRotation, type RotationDecision, type RotationState } from '../../src/features/auth/rotation.ts';

const REFRESHED = Date.parse('2026-03-01T10:00:00Z');
const USED = new Date(REFRESHED + 1000);

/** The fifth token was issued at `REFRESHED` and hasn't been used. */
const STATE: RotationState = {
  counter: 5,
  refreshedAt: new Date(REFRESHED),
  usedAt: null,
  expiresAt: new Date(REFRESHED + 30 * 86_400_000),
  revokedAt: null,
};

const CASES: [
  name: string,
  state: Partial<RotationState>,
  presented: number,
  secondsLater: number,
  decision: RotationDecision,
][] = [
  ['the current token', {}, 5, 60, 'rotate'],
  ['the current token, though it was used', { usedAt: USED }, 5, 60, 'rotate'],
  ['the first token of all', { counter: 0 }, 0, 60, 'rotate'],
  ['the parent at once: the answer was lost', {}, 4, 0, 'repeat'],
  ['the parent weeks later, its successor never used', {}, 4, 20 * 86_400, 'repeat'],
  ['the parent within 10 s, its successor used: two windows', { usedAt: USED }, 4, 9.999, 'repeat'],
  ['the parent after 10 s, its successor used', { usedAt: USED }, 4, 10, 'reused'],
  ['the grandparent at once', {}, 3, 0, 'reused'],
  ['the grandparent, the current one never used', {}, 3, 60, 'reused'],
  ['a very old token', {}, 0, 60, 'reused'],
  ['a token that was never issued', {}, 6, 60, 'invalid'],
  ['the current token in its last millisecond', {}, 5, 30 * 86_400 - 0.001, 'rotate'],
  ['the current token at its end', {}, 5, 30 * 86_400, 'expired'],
  ['the parent after the end', {}, 4, 30 * 86_400, 'expired'],
  ['an old token after the end', {}, 1, 31 * 86_400, 'expired'],
  ['the current token of a device that is signed out', { revokedAt: USED }, 5, 60, 'expired'],
  ['the parent of a device that is signed out', { revokedAt: USED }, 4, 2, 'expired'],
  ['an old token of a device that is signed out', { revokedAt: USED }, 1, 60, 'expired'],
];

describe('the refresh rotation', () => {
  for (const [name, state, presented, secondsLater, decision] of CASES) {
    it(`${name}: ${decision}`, () => {
      const now = new Date(REFRESHED + secondsLater * 1000);
      assert.equal(decideRotation({ ...STATE, ...state }, presented, now), decision);
    });
  }
});
