import assert from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { assertError } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('getRelayManifest 503', () => {
  const app = useApp({ roles: ['api'] });

  it('is manifest_unavailable with Retry-After while no region is configured', async () => {
    const { token } = await signInNewUser(app());
    await app().database('relay_manifests').delete();
    const answer = await call(app(), 'GET', '/relay/manifest', { token });
    assert.deepEqual(assertError(answer, 503, 'manifest_unavailable').details, {});
    assert.match(answer.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
  });
});
