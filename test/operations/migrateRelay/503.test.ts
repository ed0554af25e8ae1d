import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { assertError, readSession } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { migrate } from './migrate.ts';

describe('migrateRelay 503', () => {
  const app = useApp();

  it('refuses a region that is known to be full, and changes nothing', async () => {
    // Before anything else: what the provider said last is good for a while.
    await app().provider.faults.set({ no_capacity: ['eu-west-1'] });
    try {
      const { token } = await signInNewUser(app());
      const session = await startActive(app(), token);
      const answer = await migrate(app(), token, { new_region: 'eu-west-1' });
      assertError(answer, 503, 'capacity_unavailable');
      assert.match(answer.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
      assert.equal((await readSession(app(), token, session.session_id)).migration, null);
    } finally {
      await app().provider.faults.reset();
    }
  });
});
