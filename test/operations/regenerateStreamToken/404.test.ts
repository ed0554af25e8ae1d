import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError } from '../common/error-body.ts';
import { changePlan } from '../common/plan.ts';

describe('regenerateStreamToken 404', () => {
  const app = useApp({ roles: ['api'] });

  const assertRefused = async (token: string, body: object) => {
    await call(app(), 'GET', '/user/stream-slots', { token });
    const answer = await assertNothingChanges(app(), () =>
      call(app(), 'POST', '/user/regenerate-token', { token, body }),
    );
    assertError(answer, 404, 'not_found');
  };

  it('refuses a slot beyond the plan', async () => {
    const { token } = await signInNewUser(app(), 'pro');
    for (const slot_number of [4, 1000]) await assertRefused(token, { slot_number });
  });

  it('refuses a slot that a downgrade has taken away, and keeps its token for later', async () => {
    const { token, user } = await signInNewUser(app(), 'pro');
    await changePlan(app(), user.id, 'standard');
    for (const slot_number of [2, 3]) await assertRefused(token, { slot_number });
  });

  it('refuses slot 1 of a plan without relays, named or not', async () => {
    const { token } = await signInNewUser(app(), 'free');
    for (const body of [{}, { slot_number: 1 }]) await assertRefused(token, body);
  });
});
