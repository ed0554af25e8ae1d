import { testClientVersions } from '../common/client-version.ts';

describe('startPluginLogin 426', () => {
  testClientVersions('startPluginLogin');
});
