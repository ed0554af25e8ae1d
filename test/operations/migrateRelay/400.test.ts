import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { faultPaths, readSession } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { migrate } from './migrate.ts';

describe('migrateRelay 400', () => {
  const app = useApp();

  it('names every fault of the body, and the regions that there are', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const wrong = await migrate(app(), token, { connection_id: 7, new_region: '' });
    assert.deepEqual(faultPaths(wrong), ['/body/connection_id', '/body/new_region']);
    assert.deepEqual(faultPaths(await migrate(app(), token, {})), ['/body/new_region']);
    const unknown = await migrate(app(), token, { new_region: 'mars-1' });
    assert.deepEqual(faultPaths(unknown), ['/body/new_region']);
    assert.ok(unknown.body.error.details.supported_regions.includes('eu-west-1'));
    assert.equal((await readSession(app(), token, session.session_id)).version, session.version);
  });
});
