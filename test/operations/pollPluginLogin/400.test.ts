import { startLogin } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertFaults } from '../common/error-body.ts';
import type { Attempt } from '../common/login.ts';

const WRONG: [name: string, body: (attempt: Attempt) => unknown, paths: string[]][] = [
  ['an empty object', () => ({}), ['/body/login_attempt_id', '/body/poll_token']],
  ['no token', ({ login_attempt_id }) => ({ login_attempt_id }), ['/body/poll_token']],
  ['no attempt', ({ poll_token }) => ({ poll_token }), ['/body/login_attempt_id']],
  ['an empty token', (attempt) => ({ ...attempt, poll_token: '' }), ['/body/poll_token']],
  ['a token of 257 characters', (attempt) => ({ ...attempt, poll_token: 't'.repeat(257) }), ['/body/poll_token']],
  ['a token that is no text', (attempt) => ({ ...attempt, poll_token: [attempt.poll_token] }), ['/body/poll_token']],
  ['an id of another kind', (attempt) => ({ ...attempt, login_attempt_id: 'ses_1' }), ['/body/login_attempt_id']],
  ['an id with a blank', (attempt) => ({ ...attempt, login_attempt_id: 'pla_1 ' }), ['/body/login_attempt_id']],
];

describe('pollPluginLogin 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const [name, body, paths] of WRONG) {
    it(`refuses ${name}, names every fault and changes nothing`, async () => {
      const attempt = await startLogin(app());
      const answer = await assertNothingChanges(app(), () =>
        call(app(), 'POST', '/auth/plugin/login/poll', { body: body(attempt) }),
      );
      assertFaults(answer, paths);
    });
  }
});
