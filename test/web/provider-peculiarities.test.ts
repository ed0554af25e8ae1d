import assert from 'node:assert/strict';
import type { Script } from '../support/identity-provider/scripted/index.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import { assertSignedIn, assertSignedOut, assertTold, countRows, failuresOf } from './sign-in-checks.ts';

/** As Twitch does it: https://dev.twitch.tv/docs/authentication/getting-tokens-oidc */
const TWITCH: Script = {
  scope: 'array',
  authMethods: 'missing',
  emailPlace: 'onlyIfClaimed',
  nameClaim: 'preferred_username',
};

describe('A provider with ways of its own', () => {
  const lab = useScriptedLab();

  /** Signs a new person in; returns the account. */
  async function signInWith(script: Script, person = newPerson()) {
    const { app, provider, browser } = lab();
    Object.assign(provider, { user: person, script });
    const visitor = browser();
    await visitor.signIn();
    await assertSignedIn(visitor, String(person.email));
    return app.database('users').where({ email: person.email }).first();
  }

  describe('like Twitch', () => {
    // Discovery says what may be asked for, and it is read once.
    const twitch = useScriptedLab();

    it('signs people in: scopes in an array, no word on how clients prove themselves, claims only when asked for', async () => {
      const { app, provider, browser } = twitch();
      const person = newPerson();
      Object.assign(provider, { user: person, script: TWITCH });
      const visitor = browser();
      await visitor.signIn();
      await assertSignedIn(visitor, String(person.email));
      const accounts = await app.database('users').where({ email: person.email });
      assert.deepEqual(
        accounts.map(({ display_name }) => display_name),
        [person.name],
      );
      const authorize = provider.calls.find(({ path }) => path === '/authorize');
      const claims = JSON.parse(authorize?.query.get('claims') ?? '{}');
      assert.deepEqual(Object.keys(claims.id_token).sort(), ['email', 'email_verified', 'preferred_username']);
      assert.deepEqual(failuresOf(twitch(), 0), []);
    });
  });

  it('may tell the e-mail only at userinfo', async () => {
    const person = newPerson();
    const { display_name } = await signInWith({ emailPlace: 'userinfo' }, person);
    assert.equal(display_name, person.name);
  });

  it('may write as text that the e-mail is verified', async () => {
    await signInWith({ emailVerified: 'text' });
  });

  const unverified: [name: string, script: Script, person: ReturnType<typeof newPerson>][] = [
    ['says that the e-mail is not verified', { emailVerified: 'false' }, newPerson()],
    ['does not say whether the e-mail is verified', { emailVerified: 'missing' }, newPerson()],
    ['says so at userinfo only', { emailVerified: 'false', emailPlace: 'userinfo' }, newPerson()],
    ['knows no e-mail', {}, newPerson({ email: null })],
    ['tells an e-mail that is none', {}, newPerson({ email: 'no address' })],
    ['tells an e-mail with control characters', {}, newPerson({ email: 'a\u0000b@example.com' })],
    ['tells an e-mail that is too long', {}, newPerson({ email: `${'x'.repeat(250)}@example.com` })],
  ];
  for (const [name, script, person] of unverified) {
    it(`makes no account when it ${name}, and the page says what to do`, async () => {
      const { app, provider, browser } = lab();
      const [before, from] = [await countRows(lab()), app.logLines.length];
      Object.assign(provider, { user: person, script });
      const visitor = browser();
      const page = await visitor.signIn();
      assertTold(page, { status: 403, words: 'Verify the address in the settings of Example ID', again: '/account' });
      await assertSignedOut(visitor);
      assert.deepEqual(await countRows(lab()), before);
      assert.equal(failuresOf(lab(), from).length, 1);
    });
  }

  it('signs people who have an account in even when their e-mail is not verified any more, and leaves it', async () => {
    const person = newPerson();
    const { id } = await signInWith({}, person);
    const { app, provider, browser } = lab();
    Object.assign(provider, { user: { ...person, email: newPerson().email }, script: { emailVerified: 'false' } });
    const visitor = browser();
    await visitor.signIn();
    await assertSignedIn(visitor, String(person.email));
    assert.equal((await app.database('users').where({ id }).first()).email, person.email);
  });

  it('may call people what it likes: the name is cut and holds nothing invisible', async () => {
    const name = `  <b>\u202eMia\u0007</b> ${'x'.repeat(300)}`;
    const { display_name } = await signInWith({}, newPerson({ name }));
    assert.equal(display_name, `<b>Mia</b> ${'x'.repeat(300)}`.slice(0, 128));
  });
});
