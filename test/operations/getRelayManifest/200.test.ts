import assert from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { startTestApp, useApp } from '../../support/test-app.ts';

describe('getRelayManifest 200', () => {
  const app = useApp({ roles: ['api'], env: { SUPPORTED_REGIONS: 'eu-west-1,us-east-1,ap-south-1' } });

  it('lists the supported regions in the order of the configuration, each with its image', async () => {
    const { token } = await signInNewUser(app(), 'free');
    const { status, body } = await call(app(), 'GET', '/relay/manifest', { token });
    assert.equal(status, 200);
    assert.deepEqual(
      body.regions.map(({ region }: { region: string }) => region),
      ['eu-west-1', 'us-east-1', 'ap-south-1'],
    );
    for (const entry of body.regions) {
      assert.deepEqual(Object.keys(entry).sort(), ['ami_id', 'default_instance_type', 'region', 'updated_at']);
      assert.match(entry.ami_id, /./);
      assert.match(entry.default_instance_type, /./);
      assert.equal(new Date(entry.updated_at).toISOString(), entry.updated_at);
    }
  });

  it('follows the configuration at the next start, and keeps the time of what stayed the same', async () => {
    const { token } = await signInNewUser(app());
    const before = await call(app(), 'GET', '/relay/manifest', { token });
    const env = { SUPPORTED_REGIONS: 'us-east-1,sa-east-1' };
    const next = await startTestApp({ roles: ['api'], databaseUrl: app().databaseUrl, env });
    const { regions } = (await call(next, 'GET', '/relay/manifest', { token })).body;
    await next.stop();
    assert.deepEqual(
      regions.map(({ region }: { region: string }) => region),
      ['us-east-1', 'sa-east-1'],
    );
    assert.equal(regions[0].updated_at, before.body.regions[1].updated_at);
  });
});
