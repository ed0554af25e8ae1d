import assert from 'node:assert/strict';
import { authorizationCodeGrant, fetchUserInfo } from 'openid-client';
import { type Browser, createBrowser, type Page } from '../support/identity-provider/browser.ts';
import {
  type IdentityProvider,
  type IdentityUser,
  startIdentityProvider,
  WARNING,
} from '../support/identity-provider/index.ts';
import {
  createRelyingParty,
  type PendingSignIn,
  type RelyingParty,
} from '../support/identity-provider/relying-party.ts';

const REDIRECT_URI = 'http://127.0.0.1:1/login/callback';
const CLIENT = { clientId: 'telemy', clientSecret: 'a-client-secret', redirectUri: REDIRECT_URI };
const ALICE: IdentityUser = { subject: 'a-1', email: 'alice@example.com', emailVerified: true, name: 'Alice <3' };
const BOB: IdentityUser = { subject: 'b-2', email: null, emailVerified: false, name: 'Bob' };
const CANCEL = { name: 'cancel', value: 'yes' };
const as = ({ subject }: IdentityUser) => ({ name: 'subject', value: subject });

describe('identity provider stand-in', () => {
  let provider: IdentityProvider;
  let redirectUris: string[];
  let party: RelyingParty;
  let browser: Browser;
  const said: unknown[] = [];
  const { warn, info } = console;

  // Some of the library's warnings come once in a process only, whichever test is the first.
  before(() => {
    console.warn = console.info = (text: unknown) => said.push(text);
  });

  after(() => {
    Object.assign(console, { warn, info });
  });

  beforeEach(async () => {
    redirectUris = [REDIRECT_URI];
    provider = await startIdentityProvider({ ...CLIENT, redirectUris: () => redirectUris, users: [ALICE, BOB] });
    party = await createRelyingParty(provider.issuer, CLIENT);
    browser = createBrowser(REDIRECT_URI);
  });

  afterEach(async () => {
    await provider.close();
  });

  /** Opens a new sign-in in the browser. */
  async function open(more: Record<string, string> = {}): Promise<{ page: Page; pending: PendingSignIn }> {
    const pending = await party.begin(more);
    return { page: await browser.open(pending.url), pending };
  }

  /** Ends where the browser came back to, and tells whom the ID token names. */
  async function subjectOf({ page, pending }: { page: Page; pending: PendingSignIn }) {
    return (await party.finish(page.url, pending)).claims()?.sub;
  }

  async function signIn(user: IdentityUser, more: Record<string, string> = {}) {
    const { page, pending } = await open(more);
    assert.ok(isAsked(page), page.url.href);
    return { page: await browser.press(page, as(user)), pending };
  }

  const isAsked = ({ url, status }: Page) => status === 200 && url.pathname.startsWith('/interaction/');

  it('has an issuer on loopback without a slash at its end, and its discovery document says the same', async () => {
    assert.match(provider.issuer, /^http:\/\/127\.0\.0\.1:\d+$/);
    const metadata = party.configuration.serverMetadata();
    assert.equal(metadata.issuer, provider.issuer);
    assert.deepEqual(metadata.token_endpoint_auth_methods_supported, ['client_secret_post']);
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  });

  it('signs in who is chosen, with the claims of the scopes in the ID token and at userinfo', async () => {
    const { page, pending } = await signIn(ALICE);
    const tokens = await party.finish(page.url, pending);
    const all = tokens.claims();
    assert.ok(all);
    const { sub, email, email_verified, name, iss, aud, nonce } = all;
    assert.deepEqual([iss, aud, nonce], [provider.issuer, CLIENT.clientId, pending.nonce]);
    const claims = { sub: 'a-1', email: 'alice@example.com', email_verified: true, name: 'Alice <3' };
    assert.deepEqual({ sub, email, email_verified, name }, claims);
    assert.deepEqual(await fetchUserInfo(party.configuration, tokens.access_token, 'a-1'), claims);
  });

  it('says nothing of an email where the user has none', async () => {
    const { page, pending } = await signIn(BOB);
    const claims = (await party.finish(page.url, pending)).claims();
    assert.deepEqual([claims?.sub, claims?.name], ['b-2', 'Bob']);
    assert.deepEqual([claims?.email, claims?.email_verified], [undefined, undefined]);
  });

  it('tells only what the scopes reach', async () => {
    const { page, pending } = await signIn(ALICE, { scope: 'openid' });
    const claims = (await party.finish(page.url, pending)).claims();
    assert.deepEqual([claims?.sub, claims?.name, claims?.email], ['a-1', undefined, undefined]);
  });

  it('asks on a page without script that names itself, warns, and has a button for each user', async () => {
    const { page } = await open();
    assert.match(page.html, /<html lang="en">[\s\S]*<title>[^<]+<\/title>[\s\S]*<main>\n<h1>[^<]+<\/h1>/);
    assert.ok(page.html.includes(WARNING));
    assert.doesNotMatch(page.html, /<script|\son\w+=|Alice </);
    const buttons = [...page.html.matchAll(/<button [^>]*>([^<]*)<\/button>/g)].map(([, text]) => text);
    assert.deepEqual(buttons, ['Sign in as Alice &#60;3', 'Sign in as Bob', 'Cancel']);
  });

  it('comes back with access_denied on cancel', async () => {
    const { page, pending } = await open();
    const { url } = await browser.press(page, CANCEL);
    assert.ok(url.href.startsWith(REDIRECT_URI));
    assert.deepEqual([url.searchParams.get('error'), url.searchParams.get('state')], ['access_denied', pending.state]);
    await assert.rejects(party.finish(url, pending), { error: 'access_denied' });
  });

  it('refuses a request without a code challenge, and an exchange without or with another verifier', async () => {
    const { url } = await party.begin();
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    assert.equal((await browser.open(url)).url.searchParams.get('error'), 'invalid_request');

    const first = await signIn(ALICE);
    const { state: expectedState, nonce: expectedNonce } = first.pending;
    const checks = { expectedState, expectedNonce, idTokenExpected: true };
    const bare = authorizationCodeGrant(party.configuration, first.page.url, checks);
    await assert.rejects(bare, { error: 'invalid_grant' });

    const second = await open();
    const other = { ...second.pending, codeVerifier: first.pending.codeVerifier };
    await assert.rejects(party.finish(second.page.url, other), { error: 'invalid_grant' });
  });

  it('refuses a code the second time, and its access token from then on', async () => {
    const { page, pending } = await signIn(ALICE);
    const { access_token: token } = await party.finish(page.url, pending);
    await assert.rejects(party.finish(page.url, pending), { error: 'invalid_grant' });
    await assert.rejects(fetchUserInfo(party.configuration, token, 'a-1'));
  });

  it('refuses another client secret', async () => {
    const impostor = await createRelyingParty(provider.issuer, { ...CLIENT, clientSecret: 'another' });
    const { page, pending } = await signIn(ALICE);
    await assert.rejects(impostor.finish(page.url, pending), { error: 'invalid_client' });
  });

  it('remembers its session, and asks again on prompt=login', async () => {
    await signIn(ALICE);
    const second = await open();
    assert.ok(second.page.url.href.startsWith(REDIRECT_URI));
    assert.equal(await subjectOf(second), 'a-1');
    assert.equal(await subjectOf(await signIn(ALICE, { prompt: 'login' })), 'a-1');
  });

  it('lets another user in on prompt=login without a page of its own between, and remembers that one', async () => {
    await signIn(ALICE);
    assert.equal(await subjectOf(await signIn(BOB, { prompt: 'login' })), 'b-2');
    assert.equal(await subjectOf(await open()), 'b-2');
  });

  it('keeps browsers apart', async () => {
    await signIn(ALICE);
    browser = createBrowser(REDIRECT_URI);
    assert.equal(await subjectOf(await signIn(BOB)), 'b-2');
  });

  it('answers prompt=none with login_required where nobody is signed in, else at once', async () => {
    assert.equal((await open({ prompt: 'none' })).page.url.searchParams.get('error'), 'login_required');
    await signIn(ALICE);
    assert.equal(await subjectOf(await open({ prompt: 'none' })), 'a-1');
  });

  it('takes users as they are when they sign in', async () => {
    const carol = { ...BOB, subject: 'c-3', name: 'Carol' };
    provider.users = [carol];
    const { page } = await open();
    assert.match(page.html, /Sign in as Carol/);
    const refused = await browser.press(page, as(ALICE));
    assert.deepEqual([refused.status, refused.url.pathname], [400, page.url.pathname]);
    assert.equal(await subjectOf(await signIn(carol)), 'c-3');

    provider.users = [{ ...carol, email: 'carol@example.com' }];
    const { page: again, pending } = await open();
    assert.equal((await party.finish(again.url, pending)).claims()?.email, 'carol@example.com');
  });

  it('asks again where the user of the session is no more', async () => {
    await signIn(ALICE);
    provider.users = [BOB];
    assert.equal(await subjectOf(await signIn(BOB)), 'b-2');
  });

  it('looks up where it may answer to at each request', async () => {
    redirectUris = [];
    const unknown = await open();
    assert.deepEqual([unknown.page.status, /invalid_client/.test(unknown.page.html)], [400, true]);
    redirectUris = ['http://127.0.0.1:2/login/callback'];
    const other = await open();
    assert.deepEqual([other.page.status, /invalid_redirect_uri/.test(other.page.html)], [400, true]);
    redirectUris = [REDIRECT_URI];
    assert.equal(await subjectOf(await signIn(ALICE)), 'a-1');
  });

  it('says that a sign-in has ended to a browser that did not begin it', async () => {
    const { page } = await open();
    const { status, html } = await createBrowser(REDIRECT_URI).press(page, as(ALICE));
    assert.equal(status, 400);
    assert.match(html, /This sign-in has ended/);
    assert.ok(html.includes(WARNING));
  });

  it('frees its port when it is closed, and refuses one that is taken', async () => {
    const port = Number(new URL(provider.issuer).port);
    const options = { ...CLIENT, port, redirectUris: () => redirectUris, users: [ALICE] };
    await assert.rejects(startIdentityProvider(options), { code: 'EADDRINUSE' });
    await provider.close();
    provider = await startIdentityProvider(options);
    assert.equal(provider.issuer, `http://127.0.0.1:${port}`);
  });

  it('said nothing on the console in all of this: what the library warns of is configured', () => {
    assert.deepEqual(said, []);
  });
});
