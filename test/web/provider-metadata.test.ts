import assert from 'node:assert/strict';
import { createOidcClient, SignInFailedError } from '../../src/features/auth/index.ts';
import { at, PATHS, type Script } from '../support/identity-provider/scripted/index.ts';
import { createPageClient, type PageClient } from '../support/page-client.ts';
import { CLIENT_SECRET, newPerson, providerEnv, useScriptedLab } from '../support/scripted-web-lab.ts';
import { startTestApp } from '../support/test-app.ts';
import { assertNoSecretLogged, assertSignedIn, assertSignedOut, assertTold, failuresOf } from './sign-in-checks.ts';

const AWAY = { status: 503, words: 'Example ID doesn’t answer', again: '/account' };

describe('What is known of the provider', () => {
  const lab = useScriptedLab();
  /** A sign-in at an application that has just begun and knows nothing of the provider. */
  async function atNewApp(act: (browser: PageClient) => Promise<void>): Promise<void> {
    const { app, provider } = lab();
    const fresh = await startTestApp({
      roles: ['api'],
      databaseUrl: app.databaseUrl,
      env: providerEnv(provider),
    });
    try {
      await act(createPageClient(fresh.url));
      assertNoSecretLogged({ ...lab(), app: fresh });
    } finally {
      await fresh.stop();
    }
  }
  const press = async (browser: PageClient) => browser.submit(await browser.open('/account'), '/account/sign-in');

  const faults: [name: string, script: Script][] = [
    ['is cut off', { faults: [at('discovery', 'down')] }],
    ['answers 500', { faults: [at('discovery', 'error')] }],
    ['says that it is another', { discoveryIssuer: 'wrong' }],
  ];
  for (const [name, script] of faults) {
    it(`is asked for anew by the next sign-in when the provider ${name} at first`, () =>
      atNewApp(async (browser) => {
        const { provider } = lab();
        const person = newPerson();
        provider.user = person;
        provider.script = script;
        for (const _ of [1, 2]) {
          const page = await press(browser);
          assertTold(page, AWAY);
          assert.equal(page.headers.get('Retry-After'), '30');
          await assertSignedOut(browser);
        }
        provider.script = {};
        await browser.signIn();
        await assertSignedIn(browser, String(person.email));
      }));
  }

  it('holds no keys that could not be read: the sign-in after that reads them', () =>
    atNewApp(async (browser) => {
      const { provider } = lab();
      const person = newPerson();
      provider.user = person;
      provider.script = { faults: [at('jwks', 'error')] };
      assertTold(await browser.signIn(), AWAY);
      provider.script = {};
      await browser.signIn();
      await assertSignedIn(browser, String(person.email));
    }));

  it('is asked for once for many sign-ins, the discovery document at least', () =>
    atNewApp(async (browser) => {
      const { provider } = lab();
      const asked = () => provider.calls.filter(({ path }) => path === PATHS.discovery).length;
      const before = asked();
      for (const _ of [1, 2, 3]) {
        browser.cookies.clear();
        await browser.signIn();
        await assertSignedIn(browser, String(provider.user.email));
      }
      assert.equal(asked() - before, 1);
    }));

  it('follows keys that change between two sign-ins, one directly behind the other', async () => {
    const { provider, browser, app } = lab();
    const from = app.logLines.length;
    for (const _ of [1, 2, 3]) {
      const person = newPerson();
      provider.user = person;
      const visitor = browser();
      await visitor.signIn();
      await assertSignedIn(visitor, String(person.email));
      await provider.rotateKeys();
    }
    assert.deepEqual(failuresOf(lab(), from), []);
  });

  for (const endpoint of ['discovery', 'token', 'jwks', 'userinfo'] as const) {
    it(`is given up after the timeout when ${endpoint} hangs, as a provider that is away`, async () => {
      const { provider } = lab();
      const settings = {
        issuer: provider.issuer,
        clientId: 'telemy-test',
        clientSecret: CLIENT_SECRET,
        scopes: ['openid', 'email'],
        emailTrusted: false,
        providerName: 'Example ID',
      };
      const client = createOidcClient(settings, 0.2);
      const secrets = { nonce: 'n'.repeat(43), codeVerifier: 'v'.repeat(43), state: 's' };
      const redirectUri = 'http://127.0.0.1:9/login/callback';
      const signIn = async () => {
        const url = await client.begin({ ...secrets, redirectUri, another: false });
        const back = (await fetch(url, { redirect: 'manual' })).headers.get('Location') ?? '';
        return client.finish({ ...secrets, callbackUrl: new URL(back) });
      };
      provider.user = newPerson();
      provider.script = { emailPlace: 'userinfo', faults: [at(endpoint, 'hang')] };
      await assert.rejects(signIn(), (error) => error instanceof SignInFailedError && error.reason === 'away');
      provider.script = {};
      assert.equal((await signIn()).subject, provider.user.subject);
    });
  }
});
