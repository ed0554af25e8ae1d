import assert from 'node:assert/strict';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import {
  assertNoSecretLogged,
  assertSignedIn,
  assertSignedOut,
  assertTold,
  countRows,
  failuresOf,
} from './sign-in-checks.ts';

const REFUSED = { status: 400, words: 'Signing in with Example ID didn’t work', again: '/account' };

/** The text with another character there. */
function other(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}

describe('The way back from the provider', () => {
  const lab = useScriptedLab();
  beforeEach(() => {
    lab().provider.user = newPerson();
  });

  /** Opens an address in a browser and asserts that it signs nobody in. */
  async function assertRefused(callback: string, visitor = lab().browser(), told = REFUSED): Promise<void> {
    const { app, provider } = lab();
    const [before, from, calls] = [await countRows(lab()), app.logLines.length, provider.calls.length];
    assertTold(await visitor.open(callback), told);
    await assertSignedOut(visitor);
    assert.deepEqual(await countRows(lab()), before);
    assert.deepEqual(
      failuresOf(lab(), from).map(({ reason }) => reason),
      told === REFUSED ? ['refused'] : [],
    );
    assert.deepEqual(provider.calls.slice(calls), [], 'the provider was asked');
    assertNoSecretLogged(lab());
  }

  it('serves once: asked for again it signs nobody in, neither here nor in another browser', async () => {
    const { browser, app } = lab();
    const visitor = browser();
    const callback = await visitor.reachCallback();
    await visitor.open(callback);
    const before = await countRows(lab());
    visitor.cookies.delete('__Host-telemy-session');
    const from = app.logLines.length;
    assertTold(await visitor.open(callback), REFUSED);
    await assertSignedOut(visitor);
    assert.match(String(failuresOf(lab(), from)[0]?.detail), /invalid_grant/);
    assert.deepEqual(await countRows(lab()), before);
    const other = browser();
    await other.open('/account');
    await assertRefused(callback, other);
    // Whoever had it first isn't signed out by that.
    await visitor.signIn();
    await assertSignedIn(visitor, String(lab().provider.user.email));
  });

  it('belongs to the browser that began: another one, with a cookie or without, is refused', async () => {
    const [victim, attacker] = [lab().browser(), lab().browser()];
    const callback = await attacker.reachCallback();
    await assertRefused(callback, victim, { ...REFUSED, words: 'Cookies are missing' });
    await victim.open('/account');
    await assertRefused(callback, victim);
    await victim.reachCallback();
    await assertRefused(callback, victim);
    // It was of no use to the others, and is still good in its own.
    await attacker.open(callback);
    await assertSignedIn(attacker, String(lab().provider.user.email));
  });

  const changes: [name: string, change: (callback: URL) => void][] = [
    ['without a state', ({ searchParams }) => searchParams.delete('state')],
    ['with an empty state', ({ searchParams }) => searchParams.set('state', '')],
    ['with a state that was never ours', ({ searchParams }) => searchParams.set('state', 'x'.repeat(300))],
    // The last character holds bits that mean nothing; the one before it does not.
    ['with a state whose end was changed', (url) => swap(url, (state) => other(state, state.length - 2))],
    ['with a state whose middle was changed', (url) => swap(url, (state) => state.replace(/\.(.)(.)/, '.$2A$1'))],
    ['with a state that goes on', (url) => swap(url, (state) => `${state}x`)],
    ['with a state that is not encrypted', (url) => swap(url, () => unencrypted())],
  ];
  for (const [name, change] of changes) {
    it(`is refused ${name}, and the provider is not asked`, async () => {
      const visitor = lab().browser();
      const callback = new URL(await visitor.reachCallback(), lab().app.url);
      change(callback);
      await assertRefused(`${callback.pathname}${callback.search}`, visitor);
      await visitor.signIn();
      await assertSignedIn(visitor, String(lab().provider.user.email));
    });
  }

  for (const state of ['wrong', 'missing'] as const) {
    it(`is refused when the provider sends a ${state} state back`, async () => {
      const visitor = lab().browser();
      lab().provider.script = { state };
      await assertRefused(await visitor.reachCallback(), visitor);
    });
  }

  it('is refused with a state of another sign-in of the same browser: its code is of no use there', async () => {
    const visitor = lab().browser();
    const first = new URL(await visitor.reachCallback(), lab().app.url);
    const second = new URL(await visitor.reachCallback(), lab().app.url);
    first.searchParams.set('state', String(second.searchParams.get('state')));
    const before = await countRows(lab());
    assertTold(await visitor.open(`${first.pathname}${first.search}`), REFUSED);
    await assertSignedOut(visitor);
    assert.deepEqual(await countRows(lab()), before);
  });

  it('is good for a quarter of an hour, and not for longer', async () => {
    const { app, browser, provider } = lab();
    const [early, late] = [browser(), browser()];
    const [inTime, tooLate] = [await early.reachCallback(), await late.reachCallback()];
    await app.advanceClock(890);
    await early.open(inTime);
    await assertSignedIn(early, String(provider.user.email));
    await app.advanceClock(11);
    await assertRefused(tooLate, late);
  });

  it('leads to our own pages alone, whatever else its address says', async () => {
    const { browser, app } = lab();
    const visitor = browser();
    const callback = await visitor.reachCallback();
    const more = '&attempt=%2F%2Fevil.example&redirect_uri=https%3A%2F%2Fevil.example&return_to=%2F%2Fevil.example';
    const answer = await visitor.open(`${callback}${more}`, {
      follow: false,
      headers: { 'X-Forwarded-Host': 'evil.example', Referer: 'https://evil.example/' },
    });
    assert.deepEqual([answer.status, answer.headers.get('Location')], [303, '/account'], app.url);
  });
});

function swap(url: URL, change: (state: string) => string): void {
  url.searchParams.set('state', change(String(url.searchParams.get('state'))));
}

/** What a state would say, without the encryption that makes it ours. */
function unencrypted(): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ nonce: 'n', verifier: 'v', attempt: null, exp: 9_999_999_999 })}.`;
}
