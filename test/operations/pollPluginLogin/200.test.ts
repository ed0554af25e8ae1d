import assert from 'node:assert/strict';
import { decideLogin, makeUser, signIn, startLogin } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { advanceToExpiry, poll, refresh, storedAttempt } from '../common/login.ts';

describe('pollPluginLogin 200', () => {
  const app = useApp({ roles: ['api'] });

  async function approved(userId?: string) {
    const attempt = await startLogin(app());
    const user_id = userId ?? (await makeUser(app())).id;
    const { login_attempt_id } = attempt;
    assert.equal((await decideLogin(app(), { login_attempt_id, outcome: 'completed', user_id })).status, 204);
    return attempt;
  }

  it('gives tokens that work, and the account just as getAuthSession tells it', async () => {
    const user = await makeUser(app(), { plan: 'standard' });
    const { status, body } = await poll(app(), await approved(user.id));
    assert.equal(status, 200);
    const { status: state, auth, ...account } = body;
    assert.equal(state, 'completed');
    assert.deepEqual(Object.keys(auth).sort(), ['cp_access_jwt', 'refresh_token']);
    assert.deepEqual(account.user, { id: user.id, email: user.email, display_name: 'Test' });
    const session = await call(app(), 'GET', '/auth/session', { token: auth.cp_access_jwt });
    assert.equal(session.status, 200);
    assert.deepEqual(account, session.body);
    assert.equal((await refresh(app(), auth.refresh_token)).status, 200);
  });

  it('makes the slots of a new account', async () => {
    const user = await makeUser(app(), { plan: 'pro' });
    const { body } = await poll(app(), await approved(user.id));
    assert.deepEqual(
      body.stream_slots.map((slot: { slot_number: number }) => slot.slot_number),
      [1, 2, 3],
    );
  });

  it('gives the tokens to exactly one of many polls at once', async () => {
    const attempt = await approved();
    const answers = await Promise.all(Array.from({ length: 10 }, () => poll(app(), attempt)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, ...Array<number>(9).fill(409)]);
    const { user_id } = await storedAttempt(app(), attempt);
    assert.equal((await app().database('auth_sessions').where({ user_id })).length, 1);
  });

  it('gives them for five more minutes after the ten', async () => {
    const attempt = await approved();
    await advanceToExpiry(app(), attempt, -298);
    assert.equal((await poll(app(), attempt)).status, 200);
  });

  it('signs in the device that asked, beside the devices that are signed in already', async () => {
    const user = await makeUser(app());
    const first = await signIn(app(), user);
    const { body } = await poll(app(), await approved(user.id));
    for (const token of [first.token, body.auth.cp_access_jwt]) {
      assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 200);
    }
    const devices = await app().database('auth_sessions').where({ user_id: user.id }).orderBy('created_at');
    assert.deepEqual(
      devices.map((row) => [row.client_platform, row.client_version, row.device_name]),
      Array(2).fill(['windows', '0.0.5', 'STREAM-PC']),
    );
  });

  it('leaves no token in the database', async () => {
    const { body } = await poll(app(), await approved());
    const { rows } = await app().database.raw(
      'select (select jsonb_agg(to_jsonb(a))::text from auth_sessions a) || (select jsonb_agg(to_jsonb(p))::text from plugin_login_attempts p) as dump',
    );
    for (const secret of [body.auth.cp_access_jwt, body.auth.refresh_token, body.auth.refresh_token.split('.')[3]]) {
      assert.equal(rows[0].dump.includes(secret), false);
    }
  });
});
