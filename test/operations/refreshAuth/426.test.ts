import { testClientVersions } from '../common/client-version.ts';

describe('refreshAuth 426', () => {
  testClientVersions('refreshAuth');
});
