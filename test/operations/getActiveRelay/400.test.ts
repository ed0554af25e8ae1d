import assert from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { faultPaths } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('getActiveRelay 400', () => {
  const app = useApp({ roles: ['api'] });

  it('lists all faults of a query at once', async () => {
    const { token } = await signInNewUser(app());
    const path = '/relay/active?connection_id=first&wait_seconds=26&since_version=-1';
    assert.deepEqual(faultPaths(await call(app(), 'GET', path, { token })), [
      '/query/connection_id',
      '/query/since_version',
      '/query/wait_seconds',
    ]);
  });

  for (const [name, value] of [
    ['wait_seconds', '-1'],
    ['wait_seconds', '25.5'],
    ['wait_seconds', 'long'],
    ['since_version', '2147483648'],
    ['since_version', '1.5'],
    ['since_version', '7%00'],
    ['connection_id', '%00'],
    ['connection_id', '5f0c8a9e2b7d4e318f649d1c2a3b4e5f'],
    ['connection_id', ''],
  ]) {
    it(`refuses ${name}=${value}`, async () => {
      const { token } = await signInNewUser(app());
      const answer = await call(app(), 'GET', `/relay/active?${name}=${value}`, { token });
      assert.deepEqual(faultPaths(answer), [`/query/${name}`]);
    });
  }

  it('is not given for a parameter that the contract does not know', async () => {
    const { token } = await signInNewUser(app());
    assert.equal((await call(app(), 'GET', '/relay/active?mood=good', { token })).status, 204);
  });
});
