import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createSignedUpUser } from '../../src/features/account/index.ts';
import { systemRandom } from '../../src/random.ts';
import { makeUser, signIn, signInNewUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { assertRefused, cellsOf, operatorOf } from './operator.ts';

describe('user', () => {
  const app = useApp({ roles: ['api'] });
  const operator = () => operatorOf(app());
  /** The account of someone who came by a provider. */
  const signUp = async (email: string) => {
    const { clock, database } = app();
    const deps = { clock, random: systemRandom };
    return (await database.transaction((trx) => createSignedUpUser(trx, deps, { email }))).id;
  };
  const row = (id: string) => app().database('users').where({ id }).first();

  it('create makes an account that can sign in at once', async () => {
    const email = `${randomUUID()}@example.com`;
    const { id, ...rest } = await operator().json('user', 'create', '--email', email, '--name', 'Ada', '--plan', 'pro');
    assert.match(id, /^usr_[0-9a-f]{32}$/);
    assert.deepEqual(rest, {});
    const { login } = await signIn(app(), { id, email });
    assert.deepEqual(login.body.user, { id, email, display_name: 'Ada' });
    assert.deepEqual([login.body.entitlement.plan_tier, login.body.entitlement.plan_status], ['pro', 'active']);
  });

  it('create prints its one line of JSON without --json too, so that a script can rely on it', async () => {
    const { code, stdout } = await operator().run('user', 'create', '--email', `${randomUUID()}@example.com`);
    assert.equal(code, 0);
    assert.match(stdout, /^\{"id":"usr_[0-9a-f]{32}"\}\n$/);
  });

  it('create makes a free account with nothing but an e-mail, its first cycle beginning now', async () => {
    const before = Date.now();
    const { id } = await operator().json('user', 'create', '--email', `${randomUUID()}@example.com`);
    const { plan_tier, plan_status, display_name, cycle_anchor_at } = await row(id);
    assert.deepEqual([plan_tier, plan_status, display_name], ['free', 'active', '']);
    const anchor = cycle_anchor_at.getTime();
    assert.equal(anchor >= before - 1_000 && anchor <= Date.now(), true, cycle_anchor_at.toISOString());
  });

  it('show finds an account by id and by e-mail in any case of letters', async () => {
    const { id, email } = await makeUser(app());
    const byId = await operator().json('user', 'show', id);
    const byEmail = await operator().json('user', 'show', email.toUpperCase());
    const { created_at } = await row(id);
    const expected = { id, email, name: 'Test', plan: 'pro', status: 'active', created_at: created_at.toISOString() };
    assert.deepEqual([byId, byEmail], [[expected], [expected]]);
  });

  it('show prints a table for people', async () => {
    const { id, email } = await makeUser(app());
    const { code, stdout } = await operator().run('user', 'show', id);
    assert.equal(code, 0);
    const [head, line] = cellsOf(stdout);
    assert.deepEqual(head, ['id', 'email', 'name', 'plan', 'status', 'created_at']);
    assert.deepEqual(line?.slice(0, 5), [id, email, 'Test', 'pro', 'active']);
    assert.match(String(line?.[5]), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  it('asks for the id where several people signed up with one e-mail, and takes it', async () => {
    const email = `${randomUUID()}@example.com`;
    const ids = [await signUp(email), await signUp(email.toUpperCase())];
    const outcome = await operator().run('user', 'show', email);
    assertRefused(outcome, /Several accounts have the e-mail .* Name one by its id/);
    for (const id of ids) {
      assert.ok(outcome.stderr.includes(id), outcome.stderr);
      assert.equal((await operator().json('user', 'show', id))[0].id, id);
    }
  });

  it('create refuses an e-mail that somebody has signed up with, in any case of letters', async () => {
    const email = `${randomUUID()}@example.com`;
    await signUp(email);
    const outcome = await operator().run('user', 'create', '--email', email.toUpperCase());
    assertRefused(outcome, /has an account already/);
    assert.equal((await app().database('users').whereRaw('lower(email) = ?', [email])).length, 1);
  });

  it('list pages through all accounts, oldest first', async () => {
    const made = [await makeUser(app()), await makeUser(app()), await makeUser(app())];
    const all: { id: string }[] = await operator().json('user', 'list', '--limit', '1000');
    const ids = all.map(({ id }) => id);
    assert.deepEqual(
      ids.slice(-3),
      made.map(({ id }) => id),
    );
    const page = await operator().json('user', 'list', '--json', '--limit', '2', '--after', String(ids.at(-4)));
    assert.deepEqual(page, all.slice(-3, -1));
  });

  it('set-plan changes what the account may do at once', async () => {
    const { user, token } = await signInNewUser(app(), 'free');
    const [changed] = await operator().json('user', 'set-plan', user.id, '--plan', 'starter', '--status', 'trial');
    assert.deepEqual([changed.id, changed.plan, changed.status], [user.id, 'starter', 'trial']);
    const { body } = await call(app(), 'GET', '/auth/session', { token });
    const { plan_tier, plan_status, max_concurrent_conns, reason_code } = body.entitlement;
    assert.deepEqual(
      { plan_tier, plan_status, max_concurrent_conns, reason_code },
      { plan_tier: 'starter', plan_status: 'trial', max_concurrent_conns: 1, reason_code: 'ok' },
    );
  });

  it('revoke signs all devices of that account out, and nobody else', async () => {
    const { user, token } = await signInNewUser(app());
    const second = await signIn(app(), user);
    const other = await signInNewUser(app());
    assert.deepEqual(await operator().json('user', 'revoke', user.email), { id: user.id, revoked: 2 });
    const statuses = await Promise.all(
      [token, second.token, other.token].map(
        async (each) => (await call(app(), 'GET', '/auth/session', { token: each })).status,
      ),
    );
    assert.deepEqual(statuses, [401, 401, 200]);
    const refreshed = await call(app(), 'POST', '/auth/refresh', { body: { refresh_token: second.refreshToken } });
    assert.equal(refreshed.status, 410);
    assert.deepEqual(await operator().json('user', 'revoke', user.email), { id: user.id, revoked: 0 });
  });
});
