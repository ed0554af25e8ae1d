import assert from 'node:assert/strict';
import { decideLogin, makeUser, startLogin } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertFaults } from '../common/error-body.ts';
import { poll } from '../common/login.ts';

interface Ids {
  login_attempt_id: string;
  user_id: string;
}

const WRONG: [name: string, body: (ids: Ids) => Record<string, unknown>, paths: string[]][] = [
  ['an empty object', () => ({}), ['/body/login_attempt_id', '/body/outcome']],
  ['an approval of nobody', ({ login_attempt_id }) => ({ login_attempt_id, outcome: 'completed' }), ['/body/user_id']],
  [
    'an id of another kind approved for nobody',
    () => ({ login_attempt_id: 'bad id', outcome: 'completed' }),
    ['/body/login_attempt_id', '/body/user_id'],
  ],
  ['a denial of somebody', (ids) => ({ ...ids, outcome: 'denied' }), ['/body/user_id']],
  ['an outcome of its own', (ids) => ({ ...ids, outcome: 'approved' }), ['/body/outcome']],
  ['an outcome in capitals', (ids) => ({ ...ids, outcome: 'Completed' }), ['/body/outcome']],
  ['an id of another kind', (ids) => ({ ...ids, user_id: 'pla_1', outcome: 'completed' }), ['/body/user_id']],
  ['null for a user', (ids) => ({ ...ids, user_id: null, outcome: 'completed' }), ['/body/user_id']],
  [
    'a reason with blanks',
    ({ login_attempt_id }) => ({ login_attempt_id, outcome: 'denied', reason_code: 'Not today' }),
    ['/body/reason_code'],
  ],
  [
    'a reason of 65 characters, and an id of another kind',
    () => ({ login_attempt_id: 'x', outcome: 'denied', reason_code: 'r'.repeat(65) }),
    ['/body/login_attempt_id', '/body/reason_code'],
  ],
];

describe('completePluginLogin 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const [name, body, paths] of WRONG) {
    it(`refuses ${name}, names every fault and leaves the attempt pending`, async () => {
      const attempt = await startLogin(app());
      const { id: user_id } = await makeUser(app());
      const ids = { login_attempt_id: attempt.login_attempt_id, user_id };
      assertFaults(await assertNothingChanges(app(), () => decideLogin(app(), body(ids))), paths);
      assert.equal((await poll(app(), attempt)).status, 202);
    });
  }
});
