import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { sendRaw } from '../http/raw-socket.ts';
import { startLogin } from '../support/factories.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import { assertTold } from './sign-in-checks.ts';

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const FORM_PATHS = [
  '/login/plugin/code',
  '/login/plugin/sign-in',
  '/login/plugin/approve',
  '/login/plugin/deny',
  '/account/sign-in',
  '/account/sign-out',
  '/account/devices/aut_1/sign-out',
];
const PAGE_PATHS = ['/login/plugin', '/login/callback', '/account'];

describe('Requests to the pages', () => {
  const lab = useScriptedLab();
  const ask = async (path: string, init: RequestInit = {}) => {
    const { status, headers, ...response } = await fetch(`${lab().app.url}${path}`, {
      redirect: 'manual',
      ...init,
    }).then(async (answer) => ({ status: answer.status, headers: answer.headers, html: await answer.text() }));
    return { path, status, headers, ...response };
  };

  it('are answered with the headers that keep a page to itself, whatever the answer is', async () => {
    const { app, browser, provider } = lab();
    provider.user = newPerson();
    const { login_attempt_id: attempt } = await startLogin(app);
    const visitor = browser();
    const pages = [
      await visitor.open('/account'),
      await visitor.submit(await visitor.open('/account'), '/account/sign-in'),
      await visitor.open('/login/plugin'),
      await visitor.open(`/login/plugin?attempt=${attempt}`),
      await visitor.open(`/login/plugin?attempt=${attempt}x`),
      await visitor.open(await visitor.reachCallback(), { follow: false }),
      await visitor.open('/account'),
      await visitor.open('/login/no/such/page'),
      await visitor.open('/login/plugin/approve'),
    ];
    assert.deepEqual(
      pages.map(({ status }) => status),
      [200, 200, 200, 200, 404, 303, 200, 404, 405],
    );
    for (const { path, headers } of pages) {
      const told = Object.fromEntries(
        [
          'Content-Security-Policy',
          'X-Content-Type-Options',
          'Cache-Control',
          'X-Frame-Options',
          'Referrer-Policy',
          'Cross-Origin-Opener-Policy',
          'Access-Control-Allow-Origin',
        ].map((name) => [name, headers.get(name)]),
      );
      assert.deepEqual(
        told,
        {
          'Content-Security-Policy': POLICY,
          'X-Content-Type-Options': 'nosniff',
          'Cache-Control': 'no-store, no-transform',
          'X-Frame-Options': 'DENY',
          'Referrer-Policy': 'same-origin',
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Access-Control-Allow-Origin': null,
        },
        path,
      );
    }
  });

  it('set cookies that scripts, other sites and other hosts cannot have', async () => {
    const { browser, provider } = lab();
    provider.user = newPerson();
    const first = await browser().open('/account');
    const visitor = browser();
    const last = await visitor.open(await visitor.reachCallback(), { follow: false });
    for (const [{ headers }, name] of [
      [first, '__Host-telemy-browser'],
      [last, '__Host-telemy-session'],
    ] as const) {
      const [line = '', ...others] = headers.getSetCookie();
      assert.deepEqual(others, []);
      assert.match(line, new RegExp(`^${name}=[\\w.-]{43,}; path=/; samesite=lax; secure; httponly$`, 'i'));
    }
  });

  for (const path of FORM_PATHS) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      it(`${method} ${path} is refused, and the answer says that POST is not`, async () => {
        const answer = await ask(path, { method });
        assertTold(answer, { status: 405, words: 'This page can’t be opened like that' });
        assert.equal(answer.headers.get('Allow'), 'POST');
      });
    }
  }

  for (const path of PAGE_PATHS) {
    it(`POST ${path} is refused, and the answer says what is not`, async () => {
      const answer = await ask(path, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
      assertTold(answer, { status: 405, words: 'This page can’t be opened like that' });
      assert.equal(answer.headers.get('Allow'), 'GET, HEAD');
    });

    it(`HEAD ${path} has the status of GET and no content`, async () => {
      const [got, head] = [await ask(path), await ask(path, { method: 'HEAD' })];
      assert.deepEqual([head.status, head.html], [got.status, '']);
      assert.equal(head.headers.get('Content-Security-Policy'), POLICY);
    });
  }

  for (const path of ['/login/%zz', '/login/plugin/%00', '/account//evil.example', '/login/callback/..%2f', '/login']) {
    it(`${path} is no page, and says so`, async () => {
      assertTold(await ask(path), { status: 404, words: 'There is no such page' });
    });
  }

  it('name no attempt that could not be one of ours: NULs, very long ones and quotes are told like unknown ones', async () => {
    for (const id of ['%00', 'pla_%00', 'x'.repeat(6_000), '%27%20or%201=1', '<script>', 'pla_']) {
      assertTold(await ask(`/login/plugin?attempt=${id}`), { status: 404, words: 'There is no such sign-in' });
    }
  });

  for (const host of ['evil.example', 'a b', '[', 'x:99999999', '%']) {
    it(`with the Host "${host}" are answered as always, and nothing leads there`, async () => {
      const { app } = lab();
      for (const target of [
        '/account?done=page',
        '/login/plugin',
        'http://evil.example/account',
        '//evil.example/account',
      ]) {
        const head = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n`;
        const { statusLine, headers, body } = await sendRaw(app.url, head);
        assert.match(statusLine, /^HTTP\/1\.1 (?:200|400|404) /, target);
        assert.equal(headers.get('location'), undefined);
        assert.equal(body.includes('evil.example'), false);
      }
    });
  }

  it('for the sign-in name our own address as the way back, whatever the Host is', async () => {
    const { app, browser } = lab();
    const visitor = browser({
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'host=evil',
    });
    const handOff = await visitor.submit(await visitor.open('/account'), '/account/sign-in');
    const link = new URL((/href="(http[^"]*)"/.exec(handOff.html)?.[1] ?? '').replaceAll('&amp;', '&'));
    assert.equal(link.searchParams.get('redirect_uri'), `${app.url}/login/callback`);
  });

  it('for style and icon may be cached for ever, because their paths change with their content', async () => {
    const { html } = await ask('/account');
    const paths = new Set([...html.matchAll(/"(\/assets\/[^"]*)"/g)].map(([, path = '']) => path));
    assert.equal(paths.size, 2);
    for (const path of paths) {
      const answer = await ask(path);
      const hash = createHash('sha256').update(answer.html).digest('hex').slice(0, 10);
      assert.ok(path.includes(hash), path);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('Cache-Control'), 'public, max-age=31536000, immutable');
      assert.equal(answer.headers.get('X-Content-Type-Options'), 'nosniff');
      assert.match(answer.headers.get('Content-Type') ?? '', path.endsWith('.css') ? /^text\/css/ : /^image\/svg/);
      assert.equal((await ask(path, { method: 'POST' })).status, 405);
    }
  });

  it('for the style of another version, while servers are replaced, get the one that is here, not to be kept', async () => {
    for (const path of ['/assets/telemy-0000000000.css', '/assets/icon-0000000000.svg']) {
      const answer = await ask(path);
      assert.deepEqual([answer.status, answer.headers.get('Cache-Control')], [200, 'no-store']);
    }
    assert.equal((await ask('/assets/other.css')).status, 404);
  });
});
