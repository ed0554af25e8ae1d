import assert from 'node:assert/strict';
import type { PageAnswer, PageClient } from '../support/page-client.ts';
import { linksOf, wordsOf } from '../support/page-html.ts';
import { CLIENT_SECRET, type ScriptedLab } from '../support/scripted-web-lab.ts';

const SESSION_COOKIE = '__Host-telemy-session';

/** Asserts that a page tells what happened in plain words, with the request's id and a way on. */
export function assertTold(
  page: PageAnswer,
  expected: { status: number; words: string; again?: string | undefined },
): void {
  const words = wordsOf(page.html);
  assert.equal(page.status, expected.status, words);
  assert.match(page.headers.get('Content-Type') ?? '', /^text\/html/);
  assert.ok(words.includes(expected.words), words);
  const requestId = page.headers.get('X-Request-ID') ?? '';
  assert.match(requestId, /^[0-9a-f-]{36}$/);
  assert.ok(words.includes(`Request id: ${requestId}`), words);
  assert.equal(linksOf(page.html).get('Try again'), expected.again);
  // Words for developers.
  assert.doesNotMatch(words, /\b(?:nonce|token|issuer|JWT|undefined|null|Error)\b/);
}

/** How many accounts and identities there are. */
export async function countRows({ app }: ScriptedLab): Promise<{ users: number; identities: number }> {
  const count = async (table: string) => Number((await app.database(table).count('* as n'))[0]?.n);
  return { users: await count('users'), identities: await count('user_identities') };
}

export async function assertSignedOut(browser: PageClient): Promise<void> {
  assert.equal(browser.cookies.has(SESSION_COOKIE), false, 'a session cookie was set');
  assert.ok(wordsOf((await browser.open('/account')).html).includes('Sign in to see your plan'));
}

export async function assertSignedIn(browser: PageClient, email: string): Promise<void> {
  const { status, html } = await browser.open('/account');
  const words = wordsOf(html);
  assert.equal(status, 200, words);
  assert.ok(words.includes('Sign out of this page') && words.includes(email), words);
}

/** What the log tells of failed sign-ins since the line `from`. */
export function failuresOf({ app }: ScriptedLab, from: number): { reason: string; detail: string }[] {
  return app.logLines
    .slice(from)
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'browser_sign_in_failed')
    .map(({ reason, detail }) => ({ reason, detail }));
}

/** Asserts that the log holds nothing that passed between browser, provider and application. */
export function assertNoSecretLogged({ app, provider }: ScriptedLab): void {
  const log = app.logLines.join('');
  for (const { query, body } of provider.calls) {
    const form = new URLSearchParams(typeof body === 'string' ? body : '');
    for (const name of ['state', 'nonce', 'code', 'code_verifier', 'code_challenge']) {
      for (const secret of [query.get(name), form.get(name)]) {
        if (secret !== null && secret.length >= 9) assert.equal(log.includes(secret), false, `the log holds ${name}`);
      }
    }
  }
  assert.equal(log.includes(CLIENT_SECRET), false, 'the log holds the client secret');
  assert.equal(/eyJ[\w-]{10}/.test(log), false, 'the log holds a token');
  // Codes and access tokens of this provider are UUIDs, as are the ids of requests.
  const rest = log.replaceAll(/"request_id":"[^"]*"/g, '');
  assert.doesNotMatch(rest, /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
}
