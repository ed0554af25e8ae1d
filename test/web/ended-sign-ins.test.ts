import assert from 'node:assert/strict';
import { operatorOf } from '../commands/operator.ts';
import { decideLogin, makeUser, startLogin } from '../support/factories.ts';
import { wordsOf } from '../support/page-html.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';

describe('A sign-in on the pages', () => {
  const lab = useScriptedLab();

  async function signedIn() {
    const { provider, browser } = lab();
    const person = newPerson();
    provider.user = person;
    const visitor = browser();
    await visitor.signIn();
    const isSignedIn = async () => (await visitor.open('/account')).html.includes(String(person.email));
    assert.equal(await isSignedIn(), true);
    return { visitor, person, isSignedIn };
  }

  it('that was ended is over for copies of its cookies too', async () => {
    const { visitor, isSignedIn } = await signedIn();
    const copied = new Map(visitor.cookies);
    await visitor.submit(await visitor.open('/account'), '/account/sign-out');
    for (const [name, value] of copied) visitor.cookies.set(name, value);
    assert.equal(await isSignedIn(), false);
    await visitor.signIn();
    assert.equal(await isSignedIn(), true, 'the next one counts');
  });

  it('is ended by the operator who signs the account out, and nobody else', async () => {
    const { person, isSignedIn } = await signedIn();
    const other = await signedIn();
    await operatorOf(lab().app).run('user', 'revoke', String(person.email));
    assert.deepEqual([await isSignedIn(), await other.isSignedIn()], [false, true]);
  });
});

describe('A login that this browser went on with', () => {
  const lab = useScriptedLab();

  for (const outcome of ['completed', 'denied']) {
    it(`and that the API ${outcome} is told as used, not as this person's own decision`, async () => {
      const { app, browser } = lab();
      const { login_attempt_id } = await startLogin(app);
      const path = `/login/plugin?attempt=${login_attempt_id}`;
      const visitor = browser();
      await visitor.submit(await visitor.open(path), '/login/plugin/sign-in');
      const user_id = outcome === 'completed' ? (await makeUser(app)).id : undefined;
      await decideLogin(app, { login_attempt_id, outcome, user_id });
      const page = await visitor.open(path);
      assert.equal(page.status, 409);
      assert.ok(wordsOf(page.html).includes('This sign-in is already finished'));
    });
  }
});
