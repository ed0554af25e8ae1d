import assert from 'node:assert/strict';
import { at, type Script } from '../support/identity-provider/scripted/index.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import {
  assertNoSecretLogged,
  assertSignedIn,
  assertSignedOut,
  assertTold,
  countRows,
  failuresOf,
} from './sign-in-checks.ts';

const REFUSED = { reason: 'refused', status: 400, words: 'Signing in with Example ID didn’t work' };
const AWAY = { reason: 'away', status: 503, words: 'Example ID doesn’t answer' };
const CANCELLED = { reason: 'cancelled', status: 403, words: 'You stopped at Example ID' };

/** What the provider does, how that ends, and what the log says of it. */
const FAULTS: [name: string, script: Script, end: typeof REFUSED, detail: RegExp][] = [
  ['an ID token with another nonce', { nonce: 'wrong' }, REFUSED, /nonce/],
  ['an ID token without a nonce', { nonce: 'missing' }, REFUSED, /nonce/],
  ['an ID token of another issuer', { tokenIssuer: 'wrong' }, REFUSED, /"iss"/],
  ['an answer that names another issuer', { responseIssuer: 'wrong' }, REFUSED, /"iss"/],
  ['an ID token for another application', { audience: 'wrong' }, REFUSED, /"aud"/],
  ['an expired ID token', { time: 'expired' }, REFUSED, /"exp"/],
  ['an ID token that holds only later', { time: 'notYet' }, REFUSED, /"nbf"/],
  ['an ID token by an unknown key', { signature: 'unknownKey' }, REFUSED, /key/],
  ['an ID token forged under a known key', { signature: 'forged' }, REFUSED, /signature/],
  ['an ID token that is not signed', { signature: 'none' }, REFUSED, /"alg"/],
  ['an ID token signed with the client secret', { signature: 'hmac' }, REFUSED, /"alg"/],
  ['a page in place of tokens', { tokenAnswer: 'html' }, REFUSED, /./],
  ['another subject at userinfo', { emailPlace: 'userinfo', userinfoSubject: 'wrong' }, REFUSED, /"sub"/],
  ['a person who says no', { refusal: 'access_denied' }, CANCELLED, /access_denied/],
  ['an error of its own', { refusal: 'server_error' }, AWAY, /server_error/],
  ['500 for tokens', { faults: [at('token', 'error')] }, AWAY, /answered 500/],
  ['no connection for tokens', { faults: [at('token', 'down')] }, AWAY, /cannot be reached/],
  ['tokens that are lost on the way', { faults: [at('token', 'lost')] }, AWAY, /cannot be reached/],
  ['500 at userinfo', { emailPlace: 'userinfo', faults: [at('userinfo', 'error')] }, AWAY, /answered 500/],
];

describe('A provider that does wrong', () => {
  const lab = useScriptedLab();

  for (const [name, script, { reason, status, words }, detail] of FAULTS) {
    it(`${name}: is told on a page and in the log, signs nobody in, and the next sign-in works`, async () => {
      const { app, provider, browser } = lab();
      const [person, before, from] = [newPerson(), await countRows(lab()), app.logLines.length];
      provider.user = person;
      const visitor = browser();
      const callback = await visitor.reachCallback();
      provider.script = script;
      const page = script.refusal || script.responseIssuer ? await visitor.signIn() : await visitor.open(callback);
      assertTold(page, { status, words, again: '/account' });
      assert.equal(page.headers.get('Retry-After'), status === 503 ? '30' : null);
      await assertSignedOut(visitor);
      assert.deepEqual(await countRows(lab()), before);
      const failures = failuresOf(lab(), from);
      assert.deepEqual(
        failures.map((failure) => failure.reason),
        [reason],
      );
      assert.match(String(failures[0]?.detail), detail);
      assertNoSecretLogged(lab());

      provider.script = {};
      await visitor.signIn();
      await assertSignedIn(visitor, String(person.email));
    });
  }
});
