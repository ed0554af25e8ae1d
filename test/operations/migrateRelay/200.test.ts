import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { readSession } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { migrate } from './migrate.ts';

describe('migrateRelay 200', () => {
  const app = useApp();

  it('changes nothing when the relay is in that region already, by whatever name it is called', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    for (const new_region of ['us-east-1', 'us-east', 'US-East', 'auto']) {
      const answer = await migrate(app(), token, { new_region });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.session.version, session.version);
    }
    const after = await readSession(app(), token, session.session_id);
    assert.deepEqual([after.version, after.migration], [session.version, null]);
    const instances = await app().database('relay_instances').where({ session_id: session.session_id });
    assert.equal(instances.length, 1);
  });
});
