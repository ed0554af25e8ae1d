import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import { signIn } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { type ScriptedProvider, startScriptedProvider } from '../support/identity-provider/scripted/index.ts';
import { createPageClient, type PageAnswer, type PageClient } from '../support/page-client.ts';
import { CLIENT_SECRET, newPerson, providerEnv } from '../support/scripted-web-lab.ts';
import { startTestApp, type TestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-run.ts';
import { assertSignedIn, assertTold } from './sign-in-checks.ts';

const [FORMER, PRESENT] = [secret(), secret()];
const SESSION = '__Host-telemy-session';
const PUBLIC = 'https://telemy.example';

describe('A new JWT_SECRET', () => {
  let provider: ScriptedProvider;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  before(async () => {
    provider = await startScriptedProvider({ clientId: 'telemy-test', clientSecret: CLIENT_SECRET });
    database = await createTestDatabase();
  });
  after(async () => {
    await provider.close();
    await database.drop();
  });

  /** Runs the application with these secrets, then ends it. */
  async function withApp<T>(secrets: Record<string, string>, act: (app: TestApp) => Promise<T>): Promise<T> {
    const env = { ...providerEnv(provider), PUBLIC_BASE_URL: PUBLIC, ...secrets };
    const app = await startTestApp({ roles: ['api'], databaseUrl: database.url, env });
    try {
      return await act(app);
    } finally {
      await app.stop();
    }
  }

  /** What people hold of an application: a plugin's token, a signed-in browser with its page, and a sign-in under way. */
  async function useApplication(app: TestApp) {
    const device = await signIn(app);
    const person = newPerson();
    provider.user = person;
    const signedIn = createPageClient(app.url);
    await signedIn.open(await callbackOf(signedIn));
    const page = await signedIn.open('/account');
    const underWay = createPageClient(app.url);
    const callback = await callbackOf(underWay);
    const cookie = String(signedIn.cookies.get(SESSION));
    return { device, person, signedIn: signedIn.cookies, page, underWay: underWay.cookies, callback, cookie };
  }

  /** The applications change their ports, the address that they are known under stays. */
  async function callbackOf(browser: PageClient): Promise<string> {
    const handOff = await browser.submit(await browser.open('/account'), '/account/sign-in');
    const link = /href="(http[^"]*)"/.exec(handOff.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const back = (await fetch(link, { redirect: 'manual' })).headers.get('Location') ?? '';
    assert.ok(back.startsWith(`${PUBLIC}/`), back);
    return back.slice(PUBLIC.length);
  }

  /** The same browser, at an application that listens elsewhere. */
  function resume(app: TestApp, cookies: Map<string, string>): PageClient {
    const browser = createPageClient(app.url);
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    return browser;
  }

  const signOut = (browser: PageClient, page: PageAnswer) => browser.submit(page, '/account/sign-out');

  it('ends nothing while the former one is kept beside it, and signs everything new', async () => {
    const held = await withApp({ JWT_SECRET: FORMER }, useApplication);
    await withApp({ JWT_SECRET: PRESENT, JWT_SECRET_PREVIOUS: FORMER }, async (app) => {
      assert.equal((await call(app, 'GET', '/auth/session', { token: held.device.token })).status, 200);
      await assertSignedIn(resume(app, held.signedIn), String(held.person.email));
      const underWay = resume(app, held.underWay);
      await underWay.open(held.callback);
      await assertSignedIn(underWay, String(held.person.email));
      // The form was made before.
      const after = await signOut(resume(app, held.signedIn), held.page);
      assert.deepEqual([after.status, after.path], [200, '/account?done=page']);

      const before = await previousUses(app);
      assert.ok(
        before >= 4,
        `a token, a cookie, a state and a form were of the former one, but ${before} were counted`,
      );
      const fresh = await useApplication(app);
      assert.equal(await previousUses(app), before, 'what is new is not of the former one');
      const kidOf = (token: string) => decodeProtectedHeader(token).kid;
      const stateOf = (callback: string) => String(new URL(callback, PUBLIC).searchParams.get('state'));
      for (const [before, now] of [
        [held.device.token, fresh.device.token],
        [held.cookie, fresh.cookie],
        [stateOf(held.callback), stateOf(fresh.callback)],
      ] as const) {
        assert.match(String(kidOf(now)), /^[0-9a-f]{8}$/);
        assert.notEqual(kidOf(now), kidOf(before));
        assert.equal(kidOf(now), kidOf(fresh.device.token));
      }
    });
  });

  it('ends everything that the former one signed once that is gone', async () => {
    const held = await withApp({ JWT_SECRET: FORMER }, useApplication);
    await withApp({ JWT_SECRET: PRESENT }, async (app) => {
      assert.equal((await call(app, 'GET', '/auth/session', { token: held.device.token })).status, 401);
      const browser = resume(app, held.signedIn);
      const page = await browser.open('/account');
      assert.ok(page.html.includes('action="/account/sign-in"'), 'still signed in');
      const underWay = resume(app, held.underWay);
      const failed = { status: 400, words: 'Signing in with Example ID didn’t work', again: '/account' };
      assertTold(await underWay.open(held.callback), failed);
      const expired = { status: 403, words: 'This page is no longer valid', again: '/account' };
      assertTold(await signOut(browser, held.page), expired);
      // Whoever signs in anew is well, with the browser id of before.
      provider.user = held.person;
      await browser.open(await callbackOf(browser));
      await assertSignedIn(browser, String(held.person.email));
      const stale = { ...held.page };
      assertTold(await signOut(browser, stale), expired);
      await assertSignedIn(browser, String(held.person.email));
      // Plugins aren't signed out: their refresh tokens have a secret of their own.
      const body = { refresh_token: held.device.refreshToken };
      assert.equal((await call(app, 'POST', '/auth/refresh', { body })).status, 200);
    });
  });
});

async function previousUses(app: TestApp): Promise<number> {
  const metrics = await (await fetch(`${app.adminUrl}/metrics`)).text();
  return Number(/^telemy_previous_secret_uses_total\{secret="JWT_SECRET"\} (\d+)$/m.exec(metrics)?.[1]);
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
