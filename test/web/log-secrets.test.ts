import assert from 'node:assert/strict';
import { startLogin } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { fieldsOf, wordsOf } from '../support/page-html.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { assertNoSecretLogged } from './sign-in-checks.ts';

describe('The log of a sign-in in the browser', () => {
  const lab = useScriptedLab();

  it('holds no secret of it, from the plugin to the account page, not even at level trace', async () => {
    const { app, browser, provider } = lab();
    const person = newPerson({ name: `Person ${'y'.repeat(12)}` });
    provider.user = person;
    const attempt = await startLogin(app);
    const visitor = browser();
    const first = await visitor.open(`/login/plugin?attempt=${attempt.login_attempt_id}`);
    const code = /[B-Z]{4}-[B-Z]{4}/.exec(first.html)?.[0] ?? '';
    await visitor.submit(await visitor.open('/login/plugin'), '/login/plugin/code', { code });
    const callback = await visitor.visitProvider(await visitor.submit(first, '/login/plugin/sign-in'));
    const asking = await visitor.open(callback);
    const done = await visitor.submit(asking, '/login/plugin/approve');
    assert.ok(wordsOf(done.html).includes('Go back to OBS'));
    const { body } = await call(app, 'POST', '/auth/plugin/login/poll', { body: attempt });
    const account = await visitor.open('/account');
    const { csrf = '' } = fieldsOf(account.html, '/account/sign-out');
    const cookies = Object.fromEntries(visitor.cookies);
    const signedOut = await visitor.submit(account, '/account/sign-out');
    // A sign-in that fails is logged too.
    await visitor.open(callback);

    const log = app.logLines.join('');
    const secrets = {
      ...TEST_SECRETS,
      ...cookies,
      code,
      formTokens: csrf,
      attemptToken: fieldsOf(asking.html, '/login/plugin/approve').csrf,
      pollToken: attempt.poll_token,
      token: body.auth.cp_access_jwt,
      refreshToken: body.auth.refresh_token,
      callback,
      email: person.email,
      name: person.name,
    };
    assert.equal(signedOut.status, 200);
    for (const [name, secret] of Object.entries(secrets)) {
      assert.equal(String(secret).length >= 9, true, name);
      assert.equal(log.includes(String(secret)), false, `the log holds ${name}`);
    }
    assertNoSecretLogged({ ...lab(), app: { ...app, logLines: withoutPerson(app.logLines, person.subject) } });
    // So it was not empty.
    for (const message of ['browser_sign_in', 'browser_sign_in_failed']) assert.ok(log.includes(`"msg":"${message}"`));
    for (const path of ['/login/plugin/sign-in', '/login/callback', '/login/plugin/approve', '/account']) {
      assert.ok(log.includes(`"path":"${path}"`), path);
    }
    assert.ok(log.includes(`"user_id":"${body.user.id}"`));
  });
});

/** The subject must not be in the log either. */
function withoutPerson(lines: string[], subject: string): string[] {
  assert.equal(lines.join('').includes(subject), false, 'the log holds the subject');
  return lines;
}
