import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError } from '../common/error-body.ts';
import { changePlan } from '../common/plan.ts';

describe('renameStreamSlot 404', () => {
  const app = useApp({ roles: ['api'] });

  /** A caller with three slots who has made calls before. */
  async function caller() {
    const signedIn = await signInNewUser(app(), 'pro');
    await call(app(), 'GET', '/user/stream-slots', { token: signedIn.token });
    return signedIn;
  }
  const assertRefused = async (token: string, slot: number) => {
    const answer = await assertNothingChanges(app(), () =>
      call(app(), 'PUT', `/user/stream-slots/${slot}/label`, { token, body: { label: 'Mine' } }),
    );
    assertError(answer, 404, 'not_found');
  };

  it('refuses a slot beyond the plan', async () => {
    const { token } = await caller();
    for (const slot of [4, 1000]) await assertRefused(token, slot);
  });

  it('refuses a slot that a downgrade has taken away, though it is kept', async () => {
    const { token, user } = await caller();
    await changePlan(app(), user.id, 'starter');
    for (const slot of [2, 3]) await assertRefused(token, slot);
  });

  it('refuses the first slot of a plan without relays', async () => {
    const { token, user } = await caller();
    await changePlan(app(), user.id, 'free');
    await assertRefused(token, 1);
  });
});
