import { testClientVersions } from '../common/client-version.ts';

describe('getAuthSession 426', () => {
  testClientVersions('getAuthSession');
});
