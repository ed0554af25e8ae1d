import { deepEqual } from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { faultPaths } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('getRelaySession 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const id of [
    '1',
    'usr_019aa1b0c1d2700083f4a5b6c7d8e9f0',
    'ses_',
    `ses_${'a'.repeat(65)}`,
    'ses_a%00b',
    'ses_%27',
  ]) {
    it(`refuses the id ${id.slice(0, 40)}`, async () => {
      const { token } = await signInNewUser(app());
      const answer = await call(app(), 'GET', `/relay/sessions/${id}`, { token });
      deepEqual(faultPaths(answer), ['/path/session_id']);
    });
  }
});
