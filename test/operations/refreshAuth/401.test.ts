import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { signIn } from '../../support/factories.ts';
import { TEST_SECRETS, useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError, withoutRequestId } from '../common/error-body.ts';
import { refresh } from '../common/login.ts';

/** A refresh token by the form in domain.md: version.session.counter.HMAC. */
function forged(session: string, counter: string, secret: string): string {
  const statement = `tr1.${session}.${counter}`;
  return `${statement}.${createHmac('sha256', secret).update(statement).digest('base64url')}`;
}

const { REFRESH_TOKEN_SECRET, JWT_SECRET } = TEST_SECRETS;
const FORGERIES: [name: string, forge: (token: string, other: string) => string][] = [
  ['garbage', () => 'not a token'],
  ['a token with its last character changed', (token) => `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}_`],
  ['a token with more behind it', (token) => `${token}.x`],
  ['a token with another counter', (token) => token.replace(/\.0\./, '.1.')],
  ["a token with another device's name", (token, other) => token.replace(/aut_[0-9a-f]+/, idOf(other))],
  ['a token without a signature', (token) => token.replace(/[^.]+$/, '')],
  ['a token signed with another secret', (token) => forged(idOf(token), '0', JWT_SECRET)],
  ['a token of a device that never was', () => forged(`aut_${'0'.repeat(32)}`, '0', REFRESH_TOKEN_SECRET)],
  ['a token from the future', (token) => forged(idOf(token), '7', REFRESH_TOKEN_SECRET)],
  ['a counter with a leading zero', (token) => forged(idOf(token), '00', REFRESH_TOKEN_SECRET)],
];

function idOf(token: string): string {
  return token.split('.')[1] ?? '';
}

describe('refreshAuth 401 for what is no token of ours', () => {
  const app = useApp({ roles: ['api'] });

  it('the form that these tests forge is the real one', async () => {
    const { refreshToken } = await signIn(app());
    assert.equal(forged(idOf(refreshToken), '0', REFRESH_TOKEN_SECRET), refreshToken);
  });

  for (const [name, forge] of FORGERIES) {
    it(`refuses ${name}, and the device goes on as before`, async () => {
      const device = await signIn(app());
      const other = await signIn(app());
      const answer = await assertNothingChanges(app(), () =>
        refresh(app(), forge(device.refreshToken, other.refreshToken)),
      );
      assertError(answer, 401, 'unauthorized');
      assert.deepEqual(withoutRequestId(answer), withoutRequestId(await refresh(app(), 'x')));
      assert.equal((await refresh(app(), device.refreshToken)).status, 200);
    });
  }

  it('refuses an access token', async () => {
    const { token } = await signIn(app());
    assertError(await refresh(app(), token), 401, 'unauthorized');
  });

  it('refuses the token of a user who was deleted', async () => {
    const { refreshToken, user } = await signIn(app());
    await app().database('users').where({ id: user.id }).delete();
    assertError(await refresh(app(), refreshToken), 401, 'unauthorized');
  });
});
