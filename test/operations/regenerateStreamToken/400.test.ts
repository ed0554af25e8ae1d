import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertFaults } from '../common/error-body.ts';

describe('regenerateStreamToken 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const slot_number of [0, -1, 1001, 1.5, '1', null, true, [1], {}]) {
    it(`refuses the slot ${JSON.stringify(slot_number)} and leaves every token as it is`, async () => {
      const { token } = await signInNewUser(app());
      await call(app(), 'GET', '/user/stream-slots', { token });
      const answer = await assertNothingChanges(app(), () =>
        call(app(), 'POST', '/user/regenerate-token', { token, body: { slot_number } }),
      );
      assertFaults(answer, ['/body/slot_number']);
    });
  }
});
