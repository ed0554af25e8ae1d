import assert from 'node:assert/strict';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { fetchUserInfo } from 'openid-client';
import { createBrowser } from '../support/identity-provider/browser.ts';
import {
  createRelyingParty,
  type PendingSignIn,
  type RelyingParty,
} from '../support/identity-provider/relying-party.ts';
import {
  at,
  PATHS,
  type Script,
  type ScriptedProvider,
  startScriptedProvider,
} from '../support/identity-provider/scripted/index.ts';

const REDIRECT_URI = 'http://127.0.0.1:1/login/callback';
const CLIENT = { clientId: 'telemy', clientSecret: 'a-client-secret-of-32-characters', redirectUri: REDIRECT_URI };
const ALICE = { subject: 'alice', email: 'alice@example.com', emailVerified: true, name: 'Alice' };
const HOUR = 3600;
const CUT = { name: 'TypeError' };

describe('scripted identity provider', () => {
  let provider: ScriptedProvider;
  let party: RelyingParty;

  before(async () => {
    provider = await startScriptedProvider(CLIENT);
  });

  beforeEach(async () => {
    provider.script = {};
    provider.user = ALICE;
    provider.calls.length = 0;
    party = await createRelyingParty(provider.issuer, CLIENT);
  });

  after(async () => {
    await provider.close();
  });

  const nowSeconds = () => Math.floor(Date.now() / 1000);
  const discoveryUrl = () => `${provider.issuer}${PATHS.discovery}`;
  const readDiscovery = async () => await (await fetch(discoveryUrl())).json();

  /** To the authorization endpoint and back. */
  async function goThere(more: Record<string, string> = {}): Promise<{ pending: PendingSignIn; back: URL }> {
    const pending = await party.begin(more);
    return { pending, back: (await createBrowser(REDIRECT_URI).open(pending.url)).url };
  }

  function exchange(back: URL, pending: PendingSignIn, other: Record<string, string> = {}, init: RequestInit = {}) {
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
      redirect_uri: REDIRECT_URI,
      code: back.searchParams.get('code') ?? '',
      code_verifier: pending.codeVerifier,
      ...other,
    });
    return fetch(`${provider.issuer}${PATHS.token}`, { method: 'POST', body, ...init });
  }

  /** A whole sign-in by plain HTTP: what the wire carries, unchecked. */
  async function signIn(more: Record<string, string> = {}) {
    const { pending, back } = await goThere(more);
    const response = await exchange(back, pending);
    assert.equal(response.status, 200);
    const body = await response.json();
    const userinfo = await fetch(`${provider.issuer}${PATHS.userinfo}`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    return {
      pending,
      body,
      idToken: body.id_token as string,
      claims: decodeJwt(body.id_token) as JWTPayload & Record<string, unknown>,
      userinfo: (await userinfo.json()) as Record<string, unknown>,
    };
  }

  async function isSignedByPublished(idToken: string): Promise<boolean> {
    const keys = (await (await fetch(`${provider.issuer}${PATHS.jwks}`)).json()) as JSONWebKeySet;
    return await jwtVerify(idToken, createLocalJWKSet(keys)).then(
      () => true,
      () => false,
    );
  }

  /** What openid-client says of a sign-in by this script: the reason of its refusal, if it refuses it. */
  async function outcome(script: Script): Promise<string> {
    provider.script = script;
    const { pending, back } = await goThere();
    try {
      const tokens = await party.finish(back, pending);
      await fetchUserInfo(party.configuration, tokens.access_token, tokens.claims()?.sub ?? '');
      return 'signed in';
    } catch (error) {
      const { cause, message } = error as Error;
      return cause instanceof Error ? cause.message : message;
    }
  }

  describe('without a script', () => {
    it('signs the user in, with everything that openid-client checks in order, and records the calls', async () => {
      const { pending, back } = await goThere();
      const tokens = await party.finish(back, pending);
      const claims = tokens.claims();
      assert.ok(claims);
      const user = { sub: 'alice', email: 'alice@example.com', email_verified: true, name: 'Alice' };
      const { sub, email, email_verified, name } = claims;
      assert.deepEqual({ sub, email, email_verified, name }, user);
      assert.deepEqual(await fetchUserInfo(party.configuration, tokens.access_token, 'alice'), user);
      assert.deepEqual(
        provider.calls.map(({ method, path, status }) => [method, path, status]),
        [
          ['GET', PATHS.discovery, 200],
          ['GET', PATHS.authorization, 303],
          ['POST', PATHS.token, 200],
          ['GET', PATHS.jwks, 200],
          ['GET', PATHS.userinfo, 200],
        ],
      );
    });

    it('signs in the user that the test names', async () => {
      provider.user = { subject: 'bob', email: null, emailVerified: false, name: 'Bob' };
      const { claims, userinfo } = await signIn();
      assert.deepEqual([claims.sub, claims.name, 'email' in claims], ['bob', 'Bob', false]);
      assert.deepEqual(userinfo, { sub: 'bob', name: 'Bob' });
    });

    for (const [what, other, status, error] of [
      ['another client', { client_id: 'other' }, 401, 'invalid_client'],
      ['another client secret', { client_secret: 'other' }, 401, 'invalid_client'],
      ['another grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
      ['a code that it never gave', { code: 'other' }, 400, 'invalid_grant'],
      ['another verifier', { code_verifier: 'x'.repeat(43) }, 400, 'invalid_grant'],
      ['another redirect URI', { redirect_uri: `${REDIRECT_URI}2` }, 400, 'invalid_grant'],
    ] as const) {
      it(`refuses to exchange a code for ${what}`, async () => {
        const { pending, back } = await goThere();
        const response = await exchange(back, pending, other);
        assert.deepEqual([response.status, await response.json()], [status, { error }]);
      });
    }

    it('refuses a code the second time', async () => {
      const { pending, back } = await goThere();
      assert.equal((await exchange(back, pending)).status, 200);
      assert.equal((await exchange(back, pending)).status, 400);
    });

    for (const name of [
      'client_id',
      'response_type',
      'redirect_uri',
      'scope',
      'code_challenge_method',
      'code_challenge',
    ]) {
      it(`sends nobody back without ${name}`, async () => {
        const { url } = await party.begin();
        url.searchParams.delete(name);
        assert.equal((await fetch(url, { redirect: 'manual' })).status, 400);
      });
    }

    it('says nothing at userinfo to another access token', async () => {
      const response = await fetch(`${provider.issuer}${PATHS.userinfo}`, { headers: { Authorization: 'Bearer x' } });
      assert.equal(response.status, 401);
    });

    it('tells only what the scopes reach', async () => {
      const { claims, userinfo } = await signIn({ scope: 'openid' });
      assert.deepEqual(userinfo, { sub: 'alice' });
      assert.deepEqual([claims.name, claims.email, claims.email_verified], [undefined, undefined, undefined]);
    });
  });

  describe('by script: the ID token', () => {
    it('has another nonce, or none', async () => {
      provider.script = { nonce: 'wrong' };
      const { claims, pending } = await signIn();
      assert.ok(typeof claims.nonce === 'string' && claims.nonce !== pending.nonce);
      provider.script = { nonce: 'missing' };
      assert.equal('nonce' in (await signIn()).claims, false);
    });

    it('is of another issuer, or for another audience', async () => {
      provider.script = { tokenIssuer: 'wrong' };
      const { claims } = await signIn();
      assert.deepEqual([claims.iss, claims.aud], [`${provider.issuer}/other`, CLIENT.clientId]);
      provider.script = { audience: 'wrong' };
      const other = (await signIn()).claims;
      assert.deepEqual([other.iss, other.aud], [provider.issuer, `${CLIENT.clientId}-other`]);
    });

    it('has expired, or comes from the future', async () => {
      for (const [time, iat, exp, nbf] of [
        ['expired', -2 * HOUR, -HOUR, undefined],
        ['future', HOUR, 2 * HOUR, undefined],
        ['notYet', HOUR, 2 * HOUR, HOUR],
      ] as const) {
        provider.script = { time };
        const before = nowSeconds();
        const { claims } = await signIn();
        const now = (claims.iat ?? 0) - iat;
        assert.ok(now >= before && now <= nowSeconds(), time);
        assert.deepEqual([claims.exp, claims.nbf], [now + exp, nbf && now + nbf], time);
      }
    });

    it('is signed by no published key: under a strange id, under a known one, with the client secret, not at all', async () => {
      const [{ kid }] = (await (await fetch(`${provider.issuer}${PATHS.jwks}`)).json()).keys;
      for (const [signature, alg, isKnownId] of [
        ['unknownKey', 'RS256', false],
        ['forged', 'RS256', true],
        ['hmac', 'HS256', false],
        ['none', 'none', false],
      ] as const) {
        provider.script = { signature };
        const { idToken } = await signIn();
        const parts = idToken.split('.');
        // jose reads no header of what is not signed.
        const header =
          signature === 'none'
            ? JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString())
            : decodeProtectedHeader(idToken);
        assert.deepEqual([header.alg, header.kid === kid], [alg, isKnownId], signature);
        assert.equal(await isSignedByPublished(idToken), false, signature);
        if (signature === 'none') assert.equal(parts[2], '');
        if (signature === 'hmac') await jwtVerify(idToken, new TextEncoder().encode(CLIENT.clientSecret));
      }
      provider.script = {};
      assert.equal(await isSignedByPublished((await signIn()).idToken), true);
    });

    it('is signed by a new key once keys are rotated, and only that one is published', async () => {
      const { idToken: before } = await signIn();
      await provider.rotateKeys();
      const { idToken: after } = await signIn();
      assert.deepEqual([await isSignedByPublished(before), await isSignedByPublished(after)], [false, true]);
      assert.notEqual(decodeProtectedHeader(before).kid, decodeProtectedHeader(after).kid);
    });
  });

  describe('by script: the email', () => {
    it('is at userinfo only', async () => {
      provider.script = { emailPlace: 'userinfo' };
      const { claims, userinfo } = await signIn();
      assert.deepEqual([claims.email, claims.email_verified], [undefined, undefined]);
      assert.deepEqual([userinfo.email, userinfo.email_verified], ['alice@example.com', true]);
    });

    it('is only where the claims parameter asks for it, of which discovery tells', async () => {
      assert.equal((await readDiscovery()).claims_parameter_supported, undefined);
      provider.script = { emailPlace: 'onlyIfClaimed' };
      assert.equal((await readDiscovery()).claims_parameter_supported, true);
      for (const places of [[], ['id_token'], ['userinfo'], ['id_token', 'userinfo']]) {
        const asked = Object.fromEntries(places.map((place) => [place, { email: null, email_verified: null }]));
        const { claims, userinfo } = await signIn(places.length === 0 ? {} : { claims: JSON.stringify(asked) });
        assert.equal(claims.email !== undefined, places.includes('id_token'), places.join());
        assert.equal(userinfo.email !== undefined, places.includes('userinfo'), places.join());
      }
    });

    for (const [emailVerified, value] of [
      ['false', false],
      ['missing', undefined],
      ['text', 'true'],
    ] as const) {
      it(`is verified: ${JSON.stringify(value) ?? 'not said'}`, async () => {
        provider.script = { emailVerified };
        const { claims, userinfo } = await signIn();
        assert.deepEqual([claims.email, claims.email_verified], ['alice@example.com', value]);
        assert.deepEqual([userinfo.email, userinfo.email_verified], ['alice@example.com', value]);
      });
    }
  });

  describe('by script: what comes back with the browser', () => {
    for (const refusal of ['access_denied', 'server_error'] as const) {
      it(`is ${refusal}, without a code`, async () => {
        provider.script = { refusal };
        const { pending, back } = await goThere();
        assert.deepEqual([back.searchParams.get('error'), back.searchParams.get('code')], [refusal, null]);
        assert.equal(back.searchParams.get('state'), pending.state);
      });
    }

    it('is another state, or none', async () => {
      provider.script = { state: 'wrong' };
      const { pending, back } = await goThere();
      assert.ok(back.searchParams.has('state') && back.searchParams.get('state') !== pending.state);
      provider.script = { state: 'missing' };
      assert.equal((await goThere()).back.searchParams.has('state'), false);
    });

    it('is another iss, or none and no promise of one', async () => {
      assert.equal((await goThere()).back.searchParams.get('iss'), provider.issuer);
      provider.script = { responseIssuer: 'wrong' };
      assert.equal((await goThere()).back.searchParams.get('iss'), `${provider.issuer}/other`);
      assert.equal((await readDiscovery()).authorization_response_iss_parameter_supported, true);
      provider.script = { responseIssuer: 'missing' };
      assert.equal((await goThere()).back.searchParams.has('iss'), false);
      assert.equal((await readDiscovery()).authorization_response_iss_parameter_supported, false);
    });

    it('is a code that was exchanged already, which is worth nothing', async () => {
      const first = await goThere();
      await exchange(first.back, first.pending);
      provider.script = { code: 'reused' };
      const { pending, back } = await goThere();
      assert.equal(back.searchParams.get('code'), first.back.searchParams.get('code'));
      assert.equal((await exchange(back, pending)).status, 400);
    });
  });

  describe('by script: endpoints', () => {
    it('userinfo names another subject', async () => {
      provider.script = { userinfoSubject: 'wrong' };
      const { claims, userinfo } = await signIn();
      assert.deepEqual([claims.sub, userinfo.sub], ['alice', 'alice-other']);
    });

    it('the token answer has its scope as a list', async () => {
      assert.equal((await signIn()).body.scope, 'openid email profile');
      provider.script = { scope: 'array' };
      assert.deepEqual((await signIn()).body.scope, ['openid', 'email', 'profile']);
    });

    it('the token answer is a page', async () => {
      provider.script = { tokenAnswer: 'html' };
      const { pending, back } = await goThere();
      const response = await exchange(back, pending);
      assert.deepEqual([response.status, response.headers.get('Content-Type')], [200, 'text/html']);
      assert.match(await response.text(), /^<!doctype html>/);
    });

    it('discovery says nothing of how clients prove themselves', async () => {
      assert.deepEqual((await readDiscovery()).token_endpoint_auth_methods_supported, ['client_secret_post']);
      provider.script = { authMethods: 'missing' };
      assert.equal('token_endpoint_auth_methods_supported' in (await readDiscovery()), false);
    });

    it('discovery is of another issuer, which openid-client refuses', async () => {
      provider.script = { discoveryIssuer: 'wrong' };
      assert.equal((await readDiscovery()).issuer, `${provider.issuer}/other`);
      await assert.rejects(createRelyingParty(provider.issuer, CLIENT));
    });

    it('the token endpoint fails, hangs, or cuts the connection, and only that endpoint', async () => {
      const { pending, back } = await goThere();
      provider.script = { faults: [at('token', 'error')] };
      assert.equal((await exchange(back, pending)).status, 500);
      provider.script = { faults: [at('token', 'down')] };
      await assert.rejects(exchange(back, pending), CUT);
      provider.script = { faults: [at('token', 'hang')] };
      const patience = { signal: AbortSignal.timeout(100) };
      await assert.rejects(exchange(back, pending, {}, patience), { name: 'TimeoutError' });
      assert.equal((await readDiscovery()).issuer, provider.issuer);
      provider.script = {};
      assert.equal((await exchange(back, pending)).status, 200);
      assert.deepEqual(
        provider.calls.filter(({ path }) => path === PATHS.token).map(({ fault }) => fault),
        ['error', 'down', 'hang', undefined],
      );
    });

    it('discovery fails, hangs, or cuts the connection', async () => {
      provider.script = { faults: [at('discovery', 'error', { status: 503 })] };
      assert.equal((await fetch(discoveryUrl())).status, 503);
      provider.script = { faults: [at('discovery', 'down')] };
      await assert.rejects(fetch(discoveryUrl()), CUT);
      provider.script = { faults: [at('discovery', 'hang')] };
      await assert.rejects(fetch(discoveryUrl(), { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
    });
  });

  describe('as openid-client takes it, with signatures checked', () => {
    const outcomes: [Script, RegExp][] = [
      [{ nonce: 'wrong' }, /unexpected ID Token "nonce"/],
      [{ nonce: 'missing' }, /"nonce" .*missing/],
      [{ tokenIssuer: 'wrong' }, /unexpected JWT "iss"/],
      [{ audience: 'wrong' }, /unexpected JWT "aud"/],
      [{ time: 'expired' }, /unexpected JWT "exp"/],
      [{ time: 'notYet' }, /unexpected JWT "nbf"/],
      [{ signature: 'unknownKey' }, /no applicable keys/],
      [{ signature: 'forged' }, /signature verification failed/],
      [{ signature: 'none' }, /unexpected JWT "alg"/],
      [{ signature: 'hmac' }, /unexpected JWT "alg"/],
      [{ state: 'wrong' }, /unexpected "state"/],
      [{ state: 'missing' }, /"state" missing/],
      [{ responseIssuer: 'wrong' }, /unexpected "iss"/],
      [{ responseIssuer: 'missing' }, /"iss" .*missing/],
      [{ refusal: 'access_denied' }, /response from the server is an error/],
      [{ userinfoSubject: 'wrong' }, /body "sub"/],
      [{ tokenAnswer: 'html' }, /content-type/],
      [{ scope: 'array' }, /"scope" property must be a string/],
      // What the library leaves to whoever uses it.
      [{ time: 'future' }, /^signed in$/],
      [{ emailVerified: 'text' }, /^signed in$/],
    ];
    for (const [script, expected] of outcomes) {
      const isTaken = expected.test('signed in');
      it(`${isTaken ? 'takes' : 'refuses'} a provider with ${JSON.stringify(script)}`, async () => {
        assert.match(await outcome(script), expected);
      });
    }
  });
});
