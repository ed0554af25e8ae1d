import assert from 'node:assert/strict';
import { API_ROOT } from '../../src/http/contract-document.ts';
import { useApp } from '../support/test-app.ts';
import { fetchPath } from './fetch-path.ts';

const PLAIN = { 'X-Forwarded-Proto': 'http' };
const SECURE = { 'X-Forwarded-Proto': 'https' };
const BASE = 'https://api.example.com';
const FOR_PEOPLE = [
  '/login',
  '/login/plugin?attempt=pla_x',
  '/account',
  '/docs',
  '/docs/guides/login',
  '/docs/../healthz',
];
const FOR_PROGRAMS = ['/', '/nowhere', '/openapi.json', '/healthz/', `${API_ROOT}/capacity/status`];

describe('behind a trusted proxy that was reached by plain HTTP', () => {
  const app = useApp({ roles: ['api'], env: { TRUSTED_PROXIES: '127.0.0.0/8', PUBLIC_BASE_URL: BASE } });
  const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetchPath(app().url, path, { method, headers });

  for (const path of FOR_PEOPLE) {
    for (const method of ['GET', 'POST']) {
      it(`${method} ${path} is refused with a page, and leads nowhere`, async () => {
        const answer = await ask(path, PLAIN, method);
        assert.equal(answer.status, 403);
        assert.match(answer.headers.get('Content-Type') ?? '', /^text\/html/);
        assert.match(answer.text, /needs a secure connection/);
        assert.equal(answer.headers.get('Location'), null);
        assert.equal(answer.headers.get('Set-Cookie'), null);
        assert.equal(answer.headers.get('Strict-Transport-Security'), null);
      });
    }
  }

  for (const path of FOR_PROGRAMS) {
    for (const method of ['GET', 'POST']) {
      it(`${method} ${path} is refused with https_required`, async () => {
        const answer = await ask(path, PLAIN, method);
        assert.deepEqual([answer.status, answer.body?.error?.code], [403, 'https_required']);
        assert.equal(answer.headers.get('Location'), null);
      });
    }
  }

  it('the style of the pages is refused too', async () => {
    const page = await ask('/docs/guides/login', SECURE);
    const [style = ''] = /\/assets\/telemy-\w+\.css/.exec(page.text) ?? [];
    assert.equal((await ask(style, SECURE)).status, 200);
    assert.equal((await ask(style, PLAIN)).status, 403);
  });

  for (const path of ['/healthz', '/health']) {
    it(`${path} answers all the same`, async () => {
      assert.deepEqual((await ask(path, PLAIN)).body, { status: 'ok' });
    });
  }

  for (const path of FOR_PEOPLE) {
    it(`${path} by https tells browsers to stay there`, async () => {
      const answer = await ask(path, SECURE);
      assert.notEqual(answer.status, 403);
      assert.equal(answer.headers.get('Strict-Transport-Security'), 'max-age=31536000');
    });
  }
});

describe('behind nobody who is trusted', () => {
  const app = useApp({ roles: ['api'], env: { TRUSTED_PROXIES: 'cloudflare,10.0.0.0/8' } });

  const CLAIMS: [name: string, headers: Record<string, string>][] = [
    ['X-Forwarded-Proto', PLAIN],
    ['CF-Visitor', { 'CF-Visitor': '{"scheme":"http"}' }],
    ['a chain of proxies', { ...PLAIN, 'X-Forwarded-For': '203.0.113.7, 162.158.88.4, 10.0.0.5' }],
    ['Cloudflare’s headers', { ...PLAIN, 'CF-Connecting-IP': '10.0.0.5', 'CF-Visitor': '{"scheme":"http"}' }],
  ];
  for (const [name, headers] of CLAIMS) {
    it(`${name} of a stranger counts for nothing`, async () => {
      for (const path of ['/openapi.json', '/docs/guides/login', `${API_ROOT}/capacity/status`]) {
        assert.equal((await fetchPath(app().url, path, { headers })).status, 200, path);
      }
    });
  }

  it('a server without an address of https tells no browser to come by it', async () => {
    const answer = await fetchPath(app().url, '/docs', {});
    assert.equal(answer.headers.get('Strict-Transport-Security'), null);
  });
});
