import { testClientVersions } from '../common/client-version.ts';

describe('pollPluginLogin 426', () => {
  testClientVersions('pollPluginLogin');
});
