import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../support/eventually.ts';
import { signIn, startLogin } from '../support/factories.ts';
import type { PageAnswer } from '../support/page-client.ts';
import { linksOf } from '../support/page-html.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import { assertSignedIn, assertTold } from './sign-in-checks.ts';

const EXPIRED = { status: 403, words: 'This page is no longer valid' };
const BAD = { words: 'We didn’t understand that' };

describe('Forms of the pages', () => {
  const lab = useScriptedLab();

  /** A signed-in browser that looks at a login attempt, and what its page would send. */
  async function atAttempt() {
    const { app, provider, browser } = lab();
    const person = newPerson();
    provider.user = person;
    const visitor = browser();
    await visitor.signIn();
    const { login_attempt_id: attempt } = await startLogin(app);
    const path = `/login/plugin?attempt=${attempt}`;
    const page = await visitor.open(path);
    const statusOf = async () => (await app.database('plugin_login_attempts').where({ id: attempt }).first()).status;
    return { visitor, page, attempt, path, statusOf, person };
  }

  it('approve a sign-in when they come from our own page', async () => {
    const { visitor, page, statusOf } = await atAttempt();
    const done = await visitor.submit(page, '/login/plugin/approve');
    assert.ok(done.html.includes('Go back to OBS'), done.html);
    assert.equal(await statusOf(), 'completed');
  });

  const forgeries: [
    name: string,
    change: (at: Awaited<ReturnType<typeof atAttempt>>) => Promise<PageAnswer>,
    words?: typeof EXPIRED,
  ][] = [
    ['without a token', ({ visitor, attempt }) => visitor.post('/login/plugin/approve', { attempt, confirmed: 'yes' })],
    ['with an empty token', ({ visitor, page }) => visitor.submit(page, '/login/plugin/approve', { csrf: '' })],
    [
      'with the token of another subject',
      async ({ visitor, page }) => {
        const other = await visitor.open('/account');
        const csrf = /name="csrf" value="([^"]*)"/.exec(other.html)?.[1] ?? '';
        return visitor.submit(page, '/login/plugin/approve', { csrf });
      },
    ],
    [
      'with the token of another attempt',
      async ({ visitor, page }) => {
        const { attempt } = await atAttempt();
        return visitor.submit(page, '/login/plugin/approve', { attempt });
      },
    ],
    [
      'with the token of another browser',
      async ({ visitor, path, attempt }) => {
        const other = await lab().browser().open(path);
        const csrf = /name="csrf" value="([^"]*)"/.exec(other.html)?.[1] ?? '';
        return visitor.post('/login/plugin/approve', { attempt, csrf, confirmed: 'yes' });
      },
    ],
    ...['cross-site', 'same-site'].map(
      (site): [string, (at: Awaited<ReturnType<typeof atAttempt>>) => Promise<PageAnswer>] => [
        `from a page that the browser calls ${site}`,
        ({ visitor, page }) =>
          visitor.submit(page, '/login/plugin/approve', {}, { headers: { 'Sec-Fetch-Site': site } }),
      ],
    ),
    [
      'without the cookie of the browser',
      ({ visitor, page }) => {
        visitor.cookies.delete('__Host-telemy-browser');
        return visitor.submit(page, '/login/plugin/approve');
      },
      { status: 400, words: 'Cookies are missing' },
    ],
  ];
  for (const [name, forge, told = EXPIRED] of forgeries) {
    it(`decide nothing ${name}, and the page leads back`, async () => {
      const at = await atAttempt();
      const answer = await forge(at);
      const again = linksOf(answer.html).get('Try again');
      assert.match(String(again), /^\/login\/plugin\?attempt=pla_\w{32}$/);
      assertTold(answer, { ...told, again });
      assert.equal(await at.statusOf(), 'pending');
    });
  }

  it('sign nobody out for another site, and no device of anybody else', async () => {
    const { visitor, person } = await atAttempt();
    const page = await visitor.open('/account');
    const headers = { 'Sec-Fetch-Site': 'cross-site' };
    assertTold(await visitor.submit(page, '/account/sign-out', {}, { headers }), { ...EXPIRED, again: '/account' });
    await assertSignedIn(visitor, String(person.email));

    const stranger = await signIn(lab().app);
    const [{ id }] = await lab().app.database('auth_sessions').where({ user_id: stranger.user.id });
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.html)?.[1] ?? '';
    for (const device of [id, 'aut_nobody', '%00', '..%2f..', '%zz', 'x'.repeat(5_000)]) {
      const answer = await visitor.post(`/account/devices/${device}/sign-out`, { csrf });
      assertTold(answer, { status: 404, words: 'There is no such page', again: '/account' });
    }
    assert.equal((await lab().app.database('auth_sessions').where({ id }).first()).revoked_at, null);
  });

  it('are refused in another form than that of a form', async () => {
    const { app } = lab();
    const types = ['application/json', 'text/plain', 'multipart/form-data; boundary=x'];
    for (const type of types) {
      const { status, headers, html } = await raw(`${app.url}/login/plugin/code`, type, '{}');
      assertTold({ path: '', status, headers, html }, { ...BAD, status: 415 });
    }
  });

  it('are refused when they are too large, whether or not they say so', async () => {
    const body = `code=${'x'.repeat(8_192)}`;
    const type = 'application/x-www-form-urlencoded';
    const url = `${lab().app.url}/login/plugin/code`;
    for (const sent of [body, new Blob([body]).stream()]) {
      const { status, headers, html } = await raw(url, type, sent);
      assertTold({ path: '', status, headers, html }, { ...BAD, status: 413 });
    }
  });

  it('that end before they are complete do no harm: nothing is decided, and nothing is logged as a fault', async () => {
    const { attempt, statusOf } = await atAttempt();
    const { app } = lab();
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head =
      'POST /login/plugin/approve HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n';
    const from = app.logLines.length;
    socket.end(`${head}Content-Length: 500\r\n\r\nattempt=${attempt}`);
    socket.resume();
    await once(socket, 'close');
    await eventually(() => assert.match(app.logLines.slice(from).join(''), /"path":"\/login\/plugin\/approve"/));
    assert.doesNotMatch(app.logLines.slice(from).join(''), /internal_error|unhandled/);
    assert.equal(await statusOf(), 'pending');
  });
});

async function raw(url: string, type: string, body: string | ReadableStream) {
  const init = { method: 'POST', headers: { 'Content-Type': type }, body, duplex: 'half' };
  const response = await fetch(url, init as RequestInit);
  return { status: response.status, headers: response.headers, html: await response.text() };
}
