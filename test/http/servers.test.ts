import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { assertError } from '../operations/common/error-body.ts';
import { signInNewUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { fetchPath } from './fetch-path.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('The two servers', () => {
  const app = useApp();

  for (const path of ['/healthz', '/health']) {
    it(`${path} on the public address says that the process lives`, async () => {
      const { status, body } = await fetchPath(app().url, path);
      assert.deepEqual([status, body], [200, { status: 'ok' }]);
    });
  }

  it('/openapi.json on the public address is the contract that the server enforces', async () => {
    const { status, body, headers } = await fetchPath(app().url, '/openapi.json');
    assert.equal(status, 200);
    assert.equal(headers.get('Content-Type'), 'application/json; charset=utf-8');
    assert.deepEqual(body, parse(readFileSync(resolve(ROOT, 'openapi.yaml'), 'utf8')));
  });

  it('/metrics on the admin address counts requests by operation and status', async () => {
    const { token } = await signInNewUser(app());
    await call(app(), 'GET', '/usage/current', { token });
    const { status, text, headers } = await fetchPath(app().adminUrl, '/metrics');
    assert.equal(status, 200);
    assert.match(headers.get('Content-Type') ?? '', /^text\/plain/);
    assert.match(text, /^telemy_http_requests_total\{operation="getCurrentUsage",status="200"\} 1$/m);
    assert.match(text, /^telemy_http_request_duration_seconds_count\{operation="getCurrentUsage"\} 1$/m);
  });

  it('/readyz on the admin address says what the process needs and has', async () => {
    const { status, body } = await fetchPath(app().adminUrl, '/readyz');
    assert.deepEqual([status, body], [200, { status: 'ready', checks: { database: 'ok', listener: 'ok' } }]);
  });

  for (const path of ['/metrics', '/readyz', '/dev/clock', '/dev/faults']) {
    it(`${path} is not on the public address`, async () => {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        assertError(await fetchPath(app().url, path, { method }), 404, 'not_found');
      }
    });
  }

  for (const path of ['/healthz', '/openapi.json', '/api/v1/auth/session', '/api/v1/auth/plugin/login/start']) {
    it(`${path} is not on the admin address`, async () => {
      assertError(await fetchPath(app().adminUrl, path), 404, 'not_found');
    });
  }

  it('every public answer is kept out of caches, frames and guessed types', async () => {
    for (const path of ['/healthz', '/openapi.json', '/nothing', '/api/v1/auth/session', '/%zz']) {
      const { headers } = await fetchPath(app().url, path);
      assert.equal(headers.get('Cache-Control'), 'no-store', path);
      assert.equal(headers.get('X-Content-Type-Options'), 'nosniff', path);
      assert.match(headers.get('Content-Security-Policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/, path);
      assert.equal(headers.get('Referrer-Policy'), 'no-referrer', path);
      assert.equal(headers.get('X-Powered-By'), null);
    }
  });
});
