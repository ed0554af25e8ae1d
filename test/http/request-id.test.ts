import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser } from '../support/factories.ts';
import { startTestApp, useApp } from '../support/test-app.ts';
import { fetchPath, type PathRequest } from './fetch-path.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const NOT_UUIDS = [
  '1',
  'x'.repeat(36),
  '0b7e9a523c1d4f6e9a7b8c2d1e0f5a64',
  '{0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64}',
  '0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64, 0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64',
  `${'9'.repeat(8)}-9999-9999-9999-${'9'.repeat(12)}`,
  '<script>',
];

describe('X-Request-ID', () => {
  const app = useApp({ roles: ['api'] });

  /** By status: a request that gets it, on the public server. */
  const requests: [status: number, path: string, request: () => Promise<PathRequest>][] = [
    [200, '/healthz', async () => ({})],
    [200, '/openapi.json', async () => ({})],
    [204, '/api/v1/relay/active', async () => ({ headers: await bearer() })],
    [204, '/api/v1/auth/session', async () => ({ method: 'OPTIONS', headers: PREFLIGHT })],
    [400, '/api/v1/auth/refresh', async () => ({ method: 'POST', headers: JSON_TYPE, body: '{' })],
    [400, '/%zz', async () => ({})],
    [401, '/api/v1/auth/session', async () => ({})],
    [404, '/api/v1/nothing', async () => ({})],
    [404, '/nothing', async () => ({})],
    [405, '/api/v1/auth/session', async () => ({ method: 'DELETE' })],
    [405, '/healthz', async () => ({ method: 'DELETE' })],
    [413, '/api/v1/auth/refresh', async () => ({ method: 'POST', headers: JSON_TYPE, body: ' '.repeat(1_048_577) })],
    [415, '/api/v1/auth/refresh', async () => ({ method: 'POST', body: '{}' })],
  ];
  const PREFLIGHT = { Origin: 'https://example.com', 'Access-Control-Request-Method': 'GET' };
  const bearer = async () => ({ Authorization: `Bearer ${(await signInNewUser(app())).token}` });

  for (const [status, path, request] of requests) {
    it(`is made on a ${status} of ${path}, and echoed when the caller gave a UUID`, async () => {
      const options = await request();
      const made = await fetchPath(app().url, path, options);
      assert.equal(made.status, status, made.text);
      assert.match(made.headers.get('X-Request-ID') ?? '', UUID);
      const id = randomUUID();
      const echoed = await fetchPath(app().url, path, {
        ...options,
        headers: { ...options.headers, 'X-Request-ID': id },
      });
      assert.equal(echoed.headers.get('X-Request-ID'), id);
      if (status >= 400) assert.equal(echoed.body.error.request_id, id);
    });
  }

  it('is on a 500 too', async () => {
    const broken = await startTestApp({ roles: ['api'] });
    try {
      await broken.database.raw('alter table plugin_login_attempts rename to gone');
      const id = randomUUID();
      const answer = await fetchPath(broken.url, '/api/v1/auth/plugin/login/start', {
        method: 'POST',
        headers: { ...JSON_TYPE, 'X-Request-ID': id },
        body: '{"client":{"platform":"test"}}',
      });
      assert.deepEqual(
        [answer.status, answer.headers.get('X-Request-ID'), answer.body.error.request_id],
        [500, id, id],
      );
    } finally {
      await broken.stop();
    }
  });

  it('is on the answers of the admin server', async () => {
    const id = randomUUID();
    for (const path of ['/metrics', '/readyz', '/nothing']) {
      const { headers } = await fetchPath(app().adminUrl, path, { headers: { 'X-Request-ID': id } });
      assert.equal(headers.get('X-Request-ID'), id, path);
    }
  });

  it('takes UUIDs of every version in any case, and means the same one', async () => {
    for (const id of ['0190A1C2-D3E4-7500-81A2-B3C4D5E6F708', 'c232ab00-9414-11ec-b3c8-9f6bdeced846']) {
      const { headers } = await fetchPath(app().url, '/healthz', { headers: { 'X-Request-ID': id } });
      assert.equal(headers.get('X-Request-ID')?.toLowerCase(), id.toLowerCase());
    }
  });

  for (const given of NOT_UUIDS) {
    it(`is made anew for ${given.slice(0, 40)}, which is no UUID`, async () => {
      const { headers } = await fetchPath(app().url, '/healthz', { headers: { 'X-Request-ID': given } });
      assert.match(headers.get('X-Request-ID') ?? '', UUID);
      assert.notEqual(headers.get('X-Request-ID'), given);
    });
  }

  it('is another one for each request', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetchPath(app().url, '/healthz')));
    assert.equal(new Set(answers.map(({ headers }) => headers.get('X-Request-ID'))).size, 20);
  });

  it('names the request in the log', async () => {
    const id = randomUUID();
    await fetchPath(app().url, '/api/v1/auth/session', { headers: { 'X-Request-ID': id } });
    const lines = app().logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const line = lines.find((candidate) => candidate.request_id === id && candidate.msg === 'request');
    assert.deepEqual([line?.operation, line?.status], ['getAuthSession', 401]);
  });
});
