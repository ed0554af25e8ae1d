import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertFaults } from '../common/error-body.ts';

const WRONG: [name: string, body: unknown, paths: string[]][] = [
  ['no client', {}, ['/body/client']],
  ['a client that is no object', { client: 'windows' }, ['/body/client']],
  ['a client that is null', { client: null }, ['/body/client']],
  ['no platform', { client: { device_name: 'PC' } }, ['/body/client/platform']],
  ['an empty platform', { client: { platform: '' } }, ['/body/client/platform']],
  ['a platform of 33 characters', { client: { platform: 'p'.repeat(33) } }, ['/body/client/platform']],
  ['a number for a text', { client: { platform: 1 } }, ['/body/client/platform']],
  ['null for a text', { client: { platform: 'p', plugin_version: null } }, ['/body/client/plugin_version']],
  ['a line break in a text', { client: { platform: 'p', device_name: 'a\nb' } }, ['/body/client/device_name']],
  [
    'three faults at once',
    { client: { plugin_version: 'v'.repeat(33), device_name: 'd'.repeat(129) } },
    ['/body/client/platform', '/body/client/plugin_version', '/body/client/device_name'],
  ],
];

describe('startPluginLogin 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const [name, body, paths] of WRONG) {
    it(`refuses ${name}, names every fault and makes no attempt`, async () => {
      const answer = await assertNothingChanges(app(), () => call(app(), 'POST', '/auth/plugin/login/start', { body }));
      assertFaults(answer, paths);
    });
  }
});
