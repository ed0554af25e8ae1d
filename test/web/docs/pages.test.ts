import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GUIDES, guidePath } from '../../../src/web/docs/guides.ts';
import { fetchPath } from '../../http/fetch-path.ts';
import { OPERATIONS } from '../../operations/common/contract.ts';
import { GUIDES_FOLDER } from '../../support/samples/guide-examples.ts';
import { CONTRACT } from '../../support/samples/values.ts';
import { useApp } from '../../support/test-app.ts';

const PUBLIC = 'https://telemy.example.com';
const STRICT = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const GUIDE_POLICY = `default-src 'none'; style-src 'self'; img-src 'self'; ${STRICT}`;
const REFERENCE_POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; ${STRICT}`;
const PAGES = ['/docs', ...GUIDES.map(guidePath)];

describe('The documentation', () => {
  const app = useApp({
    roles: ['api'],
    env: { PUBLIC_BASE_URL: PUBLIC, RATE_LIMIT_FACTOR: '1', TRUSTED_PROXIES: '127.0.0.0/8' },
  });
  let addresses = 0;
  /** Each request comes from somewhere else, so that only one test meets the limit. */
  const open = (path: string, init: RequestInit = {}) => {
    addresses += 1;
    const headers = { 'X-Forwarded-For': `198.51.100.${addresses % 250}`, ...(init.headers as object) };
    return fetch(`${app().url}${path}`, { redirect: 'manual', ...init, headers });
  };
  const textOf = async (path: string) => (await open(path)).text();

  it('answers at every page of its navigation, and has no guide but those', async () => {
    for (const path of PAGES) {
      const response = await open(path);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get('Content-Type'), 'text/html; charset=utf-8');
      assert.equal(response.headers.get('Cache-Control'), 'public, max-age=300');
      const html = await response.text();
      const led = [...html.matchAll(/<nav[\s\S]*?<\/nav>/g)]
        .join('')
        .matchAll(/href="([^"]+)"( aria-current="page")?/g);
      const links = [...led];
      assert.deepEqual(
        links.map(([, href]) => href),
        PAGES,
      );
      assert.deepEqual(
        links.filter(([, , current]) => current).map(([, href]) => href),
        [path],
      );
    }
    const files = readdirSync(GUIDES_FOLDER).sort();
    assert.deepEqual(files, GUIDES.map(({ name }) => `${name}.md`).sort());
  });

  it('lets no script run in a guide, and in the reference only files of this server', async () => {
    for (const path of PAGES) {
      const response = await open(path);
      const html = await response.text();
      const { headers } = response;
      assert.equal(headers.get('Content-Security-Policy'), path === '/docs' ? REFERENCE_POLICY : GUIDE_POLICY);
      assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
      assert.equal(headers.get('X-Frame-Options'), 'DENY');
      assert.equal(headers.get('Referrer-Policy'), 'same-origin');
      assert.equal(headers.get('Cross-Origin-Opener-Policy'), 'same-origin');
      assert.doesNotMatch(html, /<style|\s(style|on[a-z]+)="|<script(?! src="\/)[^>]*>|(src|<link[^>]*href)="(?!\/)/);
      assert.equal(/<script/.test(html), path === '/docs', path);
    }
  });

  it('has every link lead somewhere: to a page, to a heading of it, or to an operation', async () => {
    const operations = Object.values(CONTRACT.paths).flatMap((item) =>
      Object.values(item as Record<string, { tags: string[]; operationId: string }>).map(
        ({ tags, operationId }) => `/${tags[0]}/${operationId}`,
      ),
    );
    assert.equal(operations.length, OPERATIONS.length);
    for (const page of PAGES) {
      for (const [, href = ''] of (await textOf(page)).matchAll(/ href="([^"]+)"/g)) {
        const [path = '', fragment] = href.split('#');
        const target = await open(path);
        assert.equal(target.status, 200, `${page} leads to ${href}`);
        if (fragment === undefined) continue;
        if (path === '/docs') assert.equal(operations.includes(fragment), true, `${page} leads to ${href}`);
        else assert.match(await target.text(), new RegExp(` id="${fragment}"`), `${page} leads to ${href}`);
      }
    }
  });

  it('sends each file of the reference as it is in its package, compressed for whoever takes that, to be kept for ever', async () => {
    const html = await textOf('/docs');
    const assets = [...html.matchAll(/(?:src|href)="(\/docs\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
    assert.equal(assets.length, 5);
    for (const path of assets) {
      const plain = Buffer.from(await (await open(path, { headers: { 'Accept-Encoding': 'identity' } })).arrayBuffer());
      for (const encoding of ['br', 'gzip']) {
        const response = await open(path, { headers: { 'Accept-Encoding': encoding } });
        const type = path.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
        assert.deepEqual(
          ['Content-Type', 'Content-Encoding', 'Cache-Control', 'Vary'].map((name) => response.headers.get(name)),
          [type, encoding, 'public, max-age=31536000, immutable', 'Accept-Encoding'],
        );
        assert.equal(Buffer.from(await response.arrayBuffer()).equals(plain), true, `${path} by ${encoding}`);
      }
    }
    const bundle = assets.find((path) => path.includes('swagger-ui') && path.endsWith('.js')) ?? '';
    const original = readFileSync(fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')), 'utf8');
    assert.equal((await textOf(bundle)) === original, true);
    const small = await fetchPath(app().url, bundle, { method: 'HEAD', headers: { 'Accept-Encoding': 'br' } });
    assert.equal(
      Number(small.headers.get('Content-Length')) < 500_000,
      true,
      'brotli makes less than 500 kB of 1.7 MB',
    );
    // While servers are replaced, a page of another version asks for a name of its own.
    const other = await open(bundle.replace(/-[0-9a-f]{10}\./, '-0123456789.'));
    assert.deepEqual([other.status, other.headers.get('Cache-Control')], [200, 'no-store']);
  });

  it('spares whoever has a page already its content, and gives HEAD the headers alone', async () => {
    for (const path of [...PAGES, '/docs/openapi.json']) {
      const first = await open(path);
      const tag = first.headers.get('ETag') ?? '';
      assert.match(tag, /^W\/"[0-9a-f]{10}"$/);
      // `fetch` would ask for a fresh answer by a header of its own.
      const headers = { 'If-None-Match': tag, 'X-Forwarded-For': '203.0.113.52' };
      const again = await fetchPath(app().url, path, { headers });
      assert.deepEqual([again.status, again.text], [304, '']);
      const head = await open(path, { method: 'HEAD' });
      assert.deepEqual([head.status, await head.text(), head.headers.get('ETag')], [200, '', tag]);
    }
  });

  it('refuses other methods, and says which there are', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      for (const path of ['/docs', '/docs/guides/login', '/docs/openapi.json']) {
        const response = await open(path, { method });
        assert.deepEqual([response.status, response.headers.get('Allow')], [405, 'GET, HEAD'], `${method} ${path}`);
        assert.equal(response.headers.get('Cache-Control'), 'no-store');
      }
    }
  });

  it('has no page but its own, however the path is written', async () => {
    const paths = [
      '/docs/nothing',
      '/docs/guides',
      '/docs/guides/nothing',
      '/docs/guides/login.md',
      '/docs/guides/../guides.ts',
      '/docs/guides/..%2fguides.ts',
      '/docs/guides/%2e%2e/docs-app.ts',
      '/docs/guides/__proto__',
      '/docs/guides/login%00',
      '/docs/assets/docs.css',
      '/docs/assets/../docs-app.ts',
      '/docs/assets/..%2f..%2f..%2f..%2fpackage.json',
      '/docs/assets/swagger-ui-bundle-0123456789.js',
      '/docs/assets/index-0123456789.js',
      '/docs/assets/constructor-0123456789.js',
    ];
    for (const path of paths) {
      const answer = await fetchPath(app().url, path, { headers: { 'X-Forwarded-For': '203.0.113.50' } });
      assert.equal(answer.status, 404, path);
      assert.equal(answer.headers.get('Cache-Control'), 'no-store', path);
      assert.match(answer.text, /href="\/docs"/, path);
    }
    const broken = await fetchPath(app().url, '/docs/guides/%ff', { headers: { 'X-Forwarded-For': '203.0.113.51' } });
    assert.equal([400, 404].includes(broken.status), true, String(broken.status));
    assert.equal((await open('/docsandmore')).status, 404);
  });

  it('allows 120 requests a minute from one address, whatever they are for', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.99' };
    const paths = ['/docs', '/docs/guides/limits', '/docs/nothing'];
    for (let count = 0; count < 120; count += 1)
      await open(String(paths[count % paths.length]), { method: 'HEAD', headers });
    const refused = await open('/docs', { headers });
    assert.equal(refused.status, 429);
    assert.equal(Number(refused.headers.get('Retry-After')) >= 1, true);
    assert.equal(refused.headers.get('Cache-Control'), 'no-store');
  });

  it('shows the contract as it is, with samples that talk to the public address', async () => {
    const shown = await (await open('/docs/openapi.json')).json();
    const text = JSON.stringify(shown, (key, value) => (key === 'x-codeSamples' ? undefined : value));
    assert.deepEqual(JSON.parse(text), await (await open('/openapi.json')).json());
    assert.match(JSON.stringify(shown), new RegExp(`curl '${PUBLIC}/api/v1/auth/session'`));
    assert.match(await textOf('/docs/guides/login'), new RegExp(`curl -X POST .{1,6}${PUBLIC}/api/v1/auth/plugin`));
  });

  it('explains every error of the contract, with the status that the contract gives it', async () => {
    const html = await textOf('/docs/guides/errors');
    const rows = [...html.matchAll(/<td><code>(\w+)<\/code><\/td>\s*<td>(\d+)<\/td>/g)];
    const told = new Map(rows.map(([, code = '', status = '']) => [code, status]));
    const codes = CONTRACT.components.schemas?.ErrorCode as { enum: string[] };
    assert.deepEqual([...told.keys()], codes.enum);
    const declared = statusesByCode();
    assert.equal(declared.size > 15, true);
    for (const [code, statuses] of declared) assert.deepEqual([...statuses], [told.get(code)], code);
  });

  it('tells the limits of every operation', async () => {
    const html = await textOf('/docs/guides/limits');
    for (const { operationId, limits } of OPERATIONS) {
      const row = new RegExp(`>${operationId}</a></td>.*?</tr>`, 's').exec(html)?.[0] ?? '';
      const numbers = [...row.slice(row.lastIndexOf('<td>')).matchAll(/([\d,]+) (?:a minute|in \d+ seconds)/g)];
      assert.deepEqual(
        numbers.map(([, number = '']) => Number(number.replaceAll(',', ''))),
        limits.map(({ limit }) => limit),
        operationId,
      );
    }
    assert.match(html, /All operations together: 600 a minute for each address/);
  });
});

/** The statuses that the contract's own examples of errors stand under. */
function statusesByCode(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const operation of OPERATIONS) {
    for (const [status, name] of Object.entries(operation.responses)) {
      const example = JSON.stringify(CONTRACT.components.responses?.[name ?? ''] ?? {});
      for (const [, code = ''] of example.matchAll(/"error":\{"code":"(\w+)"/g)) {
        found.set(code, (found.get(code) ?? new Set()).add(status));
      }
    }
  }
  return found;
}
