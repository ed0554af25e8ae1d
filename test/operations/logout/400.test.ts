import assert from 'node:assert/strict';
import { signIn } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertFaults } from '../common/error-body.ts';

describe('logout 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const body of ['{', '[]', 'null', '""', '{} {}']) {
    it(`refuses the body ${body} and leaves the device signed in`, async () => {
      const { token } = await signIn(app());
      assertFaults(await call(app(), 'POST', '/auth/logout', { token, body }), ['/body']);
      assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 200);
    });
  }
});
