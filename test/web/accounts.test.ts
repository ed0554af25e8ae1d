import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { makeUser } from '../support/factories.ts';
import type { IdentityUser } from '../support/identity-provider/index.ts';
import { wordsOf } from '../support/page-html.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import { assertSignedIn, assertSignedOut, countRows } from './sign-in-checks.ts';

describe('Accounts of people who sign in', () => {
  const lab = useScriptedLab();
  const users = () => lab().app.database('users');

  /** Signs someone in with a new browser; returns the account that the identity is linked to. */
  async function signIn(person: IdentityUser, { app, provider, browser } = lab()) {
    provider.user = person;
    const visitor = browser();
    const page = await visitor.signIn();
    const [identity] = await app.database('user_identities').where({ subject: person.subject });
    assert.equal(identity.issuer, provider.issuer);
    const account = await app.database('users').where({ id: identity.user_id }).first();
    return { visitor, page, account, identity };
  }

  it('are made at the first sign-in, free, and found at the second', async () => {
    const person = newPerson();
    const before = await countRows(lab());
    const { account, visitor } = await signIn(person);
    const { plan_tier, plan_status, email, display_name, claimable } = account;
    assert.deepEqual(
      { plan_tier, plan_status, email, display_name, claimable },
      { plan_tier: 'free', plan_status: 'active', email: person.email, display_name: person.name, claimable: false },
    );
    await assertSignedIn(visitor, String(person.email));
    const { users: count, identities } = before;
    assert.deepEqual(await countRows(lab()), { users: count + 1, identities: identities + 1 });
    await lab().app.advanceClock(60);
    const again = await signIn(person);
    assert.equal(again.account.id, account.id);
    assert.deepEqual(await countRows(lab()), { users: count + 1, identities: identities + 1 });
    assert.equal(again.identity.last_sign_in_at > again.identity.created_at, true);
  });

  it('follow the e-mail of the provider, and keep what an operator has set until it changes there again', async () => {
    const person = newPerson();
    const { account } = await signIn(person);
    const emailOf = async () => (await users().where({ id: account.id }).first()).email;
    const moved = { ...person, email: `moved-${person.email}` };
    assert.equal((await signIn(moved)).account.id, account.id);
    assert.equal(await emailOf(), moved.email);

    const byOperator = `operator-${person.email}`;
    await users().where({ id: account.id }).update({ email: byOperator });
    await signIn(moved);
    assert.equal(await emailOf(), byOperator);
    await signIn(person);
    assert.equal(await emailOf(), person.email);
  });

  it('that an operator made are claimed once, by the verified e-mail in any case of letters', async () => {
    const person = newPerson();
    const made = await makeUser(lab().app, { plan: 'pro', email: String(person.email) });
    const before = await countRows(lab());
    const { account } = await signIn({ ...person, email: String(person.email).toUpperCase() });
    assert.deepEqual([account.id, account.plan_tier, account.claimable], [made.id, 'pro', false]);
    assert.equal((await countRows(lab())).users, before.users);

    const second = await signIn({ ...newPerson(), email: person.email });
    assert.notEqual(second.account.id, made.id);
    assert.equal(second.account.plan_tier, 'free');
    assert.equal((await signIn(person)).account.id, made.id);
  });

  it('that an operator made are not claimed by an e-mail that is not verified', async () => {
    const person = newPerson();
    const made = await makeUser(lab().app, { email: String(person.email) });
    const { provider, browser } = lab();
    Object.assign(provider, { user: person, script: { emailVerified: 'false' } });
    await assertSignedOut(browser());
    assert.equal((await browser().signIn()).status, 403);
    assert.equal((await users().where({ id: made.id }).first()).claimable, true);
  });

  it('are not given away by the e-mail of somebody who signed up', async () => {
    const person = newPerson();
    const { account } = await signIn(person);
    const other = await signIn({ ...newPerson(), email: person.email });
    assert.notEqual(other.account.id, account.id);
  });

  it('are not claimed by an e-mail that changes later: only a first sign-in claims', async () => {
    const person = newPerson();
    const { account } = await signIn(person);
    const made = await makeUser(lab().app, { plan: 'pro' });
    const moved = await signIn({ ...person, email: made.email });
    assert.equal(moved.account.id, account.id);
    assert.equal((await users().where({ id: made.id }).first()).claimable, true);
  });

  it('look the same from outside, whether or not the e-mail had one', async () => {
    const [known, unknown] = [newPerson({ name: 'Test' }), newPerson({ name: 'Test' })];
    await makeUser(lab().app, { plan: 'free', email: String(known.email) });
    const seen = async (person: IdentityUser, script: object) => {
      const { provider, browser } = lab();
      Object.assign(provider, { user: person, script });
      const visitor = browser();
      const { status, html, headers } = await visitor.signIn();
      const words = wordsOf(html)
        .replaceAll(String(person.email), 'EMAIL')
        .replace(headers.get('X-Request-ID') ?? '', '');
      return { status, words, headers: [...headers.keys()], cookies: [...visitor.cookies.keys()] };
    };
    for (const script of [{ emailVerified: 'false' }, { emailVerified: 'missing' }, { refusal: 'access_denied' }, {}]) {
      assert.deepEqual(await seen(known, script), await seen(unknown, script), JSON.stringify(script));
    }
  });

  it('that are deleted end with their sessions, and the next sign-in makes new ones', async () => {
    const person = newPerson();
    const { account, visitor } = await signIn(person);
    await users().where({ id: account.id }).delete();
    const page = await visitor.open('/account');
    assert.ok(wordsOf(page.html).includes('Sign in to see your plan'));
    const again = await signIn(person);
    assert.notEqual(again.account.id, account.id);
    // The old cookie is not good for the new account either.
    assert.ok(wordsOf((await visitor.open('/account')).html).includes('Sign in to see your plan'));
  });

  describe('where e-mails of the provider are not trusted', () => {
    const careful = useScriptedLab({ env: { OIDC_TRUSTED_EMAIL: 'false' } });

    it('are never claimed: everybody gets a new one', async () => {
      const email = `${randomUUID()}@example.com`;
      const made = await makeUser(careful().app, { plan: 'pro', email });
      const { account } = await signIn(newPerson({ email }), careful());
      assert.notEqual(account.id, made.id);
      assert.deepEqual([account.email, account.plan_tier], [email, 'free']);
      assert.equal((await careful().app.database('users').where({ id: made.id }).first()).claimable, true);
    });
  });
});

describe('E-mails of accounts', () => {
  const lab = useScriptedLab();

  it('are compared by their bytes but for ASCII letters: no language makes two of them alike', async () => {
    const { rows } = await lab().app.database.raw<{ rows: { indexdef: string }[] }>(
      `select indexdef from pg_indexes where tablename = 'users' and indexdef like '%lower(%' order by indexname`,
    );
    assert.equal(rows.length, 2);
    for (const { indexdef } of rows) assert.match(indexdef, /lower\(\(?email COLLATE "C"\)?\)/);
  });

  it('that only look alike claim nothing', async () => {
    const { app, provider, browser } = lab();
    const made = await makeUser(app, { email: 'mike.kelvin@example.com' });
    const visitor = browser();
    provider.user = { ...newPerson(), email: 'mi\u212ae.kelvin@example.com', emailVerified: true };
    await visitor.signIn();
    assert.equal((await app.database('users').where({ id: made.id }).first()).claimable, true);
  });

  it('of whom the subject is longer than the standard allows are refused, and nothing is made', async () => {
    const { app, provider, browser } = lab();
    const person = newPerson();
    provider.user = { ...person, subject: 'x'.repeat(256) };
    const page = await browser().signIn();
    assert.equal(page.status, 400);
    assert.equal(await app.database('users').where({ email: person.email }).first(), undefined);
  });
});
