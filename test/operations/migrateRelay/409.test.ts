import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { assertError, readSession, report, startHeld, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { migrate, untilStep } from './migrate.ts';

describe('migrateRelay 409', () => {
  const app = useApp({ env: { SUPPORTED_REGIONS: 'us-east-1,eu-west-1,ap-south-1' } });
  useFaults(app);

  it('refuses a session that is being launched or in grace, and says what is possible', async () => {
    const launching = await signInNewUser(app());
    await startHeld(app(), launching.token);
    const early = assertError(
      await migrate(app(), launching.token, { new_region: 'eu-west-1' }),
      409,
      'invalid_transition',
    );
    assert.deepEqual(early.details, { from: 'provisioning', to: 'active', allowed: ['active'] });
    await app().provider.faults.reset();

    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await report(app(), session, { ingest_active: true, observed_at: new Date(Date.now() - 2_000).toISOString() });
    await report(app(), session, { ingest_active: false });
    for (const new_region of ['eu-west-1', 'us-east-1']) {
      const answer = await migrate(app(), token, { new_region });
      const late = assertError(answer, 409, 'invalid_transition');
      assert.deepEqual(late.details, { from: 'grace', to: 'active', allowed: ['active', 'stopped'] });
      assert.match(answer.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
    }
  });

  it('refuses another region, the old one included, while a move is under way', async () => {
    const { token } = await signInNewUser(app());
    const { session_id } = await startActive(app(), token);
    await app().provider.faults.set({ hold_step: 'starting_docker' });
    await migrate(app(), token, { new_region: 'eu-west-1' });
    const under = await untilStep(app(), token, session_id, 'starting_docker');
    for (const new_region of ['ap-south-1', 'us-east-1']) {
      const error = assertError(await migrate(app(), token, { new_region }), 409, 'conflict');
      assert.deepEqual(error.details, { new_region: 'eu-west-1' });
    }
    assert.equal((await readSession(app(), token, session_id)).version, under.version);
  });
});
