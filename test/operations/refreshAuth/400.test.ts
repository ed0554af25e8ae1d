import { signIn } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertFaults } from '../common/error-body.ts';

const WRONG: [name: string, body: (token: string) => unknown][] = [
  ['an empty object', () => ({})],
  ['an empty token', () => ({ refresh_token: '' })],
  ['a token of 513 characters', () => ({ refresh_token: 't'.repeat(513) })],
  ['null', () => ({ refresh_token: null })],
  ['a list with the token', (token) => ({ refresh_token: [token] })],
  ['the token under another name', (token) => ({ token })],
];

describe('refreshAuth 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const [name, body] of WRONG) {
    it(`refuses ${name} and rotates nothing`, async () => {
      const { refreshToken } = await signIn(app());
      const answer = await assertNothingChanges(app(), () =>
        call(app(), 'POST', '/auth/refresh', { body: body(refreshToken) }),
      );
      assertFaults(answer, ['/body/refresh_token']);
    });
  }
});
