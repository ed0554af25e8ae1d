import assert from 'node:assert/strict';
import { OPERATIONS } from '../operations/common/contract.ts';
import { assertError, assertFaults } from '../operations/common/error-body.ts';
import { useApp } from '../support/test-app.ts';
import { fetchPath } from './fetch-path.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

describe('Routing', () => {
  const app = useApp({ roles: ['api'] });

  for (const path of new Set(OPERATIONS.map((operation) => operation.path))) {
    const known = OPERATIONS.filter((operation) => operation.path === path).map(({ method }) => method);
    it(`${path} answers 405 with Allow to every method but ${known.join(', ')}`, async () => {
      for (const method of METHODS.filter((candidate) => !known.includes(candidate))) {
        const answer = await fetchPath(app().url, `/api/v1${path.replace(/\{\w+\}/g, '1')}`, { method });
        const { details } = assertError(answer, 405, 'method_not_allowed');
        assert.deepEqual(details, { allowed: known });
        assert.equal(answer.headers.get('Allow'), known.join(', '));
      }
    });
  }

  it('answers 405 to methods that nothing knows, and to OPTIONS that is no preflight', async () => {
    for (const method of ['PURGE', 'TRACE', 'OPTIONS']) {
      const answer = await fetchPath(app().url, '/api/v1/auth/session', { method });
      assertError(answer, 405, 'method_not_allowed');
      assert.equal(answer.headers.get('Allow'), 'GET');
    }
  });

  for (const path of ['/healthz', '/health', '/openapi.json']) {
    it(`${path} answers 405 with Allow to everything but GET and HEAD`, async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE']) {
        const answer = await fetchPath(app().url, path, { method });
        const { details } = assertError(answer, 405, 'method_not_allowed');
        assert.deepEqual(details, { allowed: ['GET', 'HEAD'] });
        assert.equal(answer.headers.get('Allow'), 'GET, HEAD');
      }
      const head = await fetchPath(app().url, path, { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, '']);
    });
  }

  it('the admin server answers 405 with Allow too', async () => {
    const known: [path: string, allow: string][] = [
      ['/metrics', 'GET, HEAD'],
      ['/readyz', 'GET, HEAD'],
      ['/dev/clock', 'GET, HEAD, POST'],
      ['/dev/faults', 'DELETE, GET, HEAD, PUT'],
    ];
    for (const [path, allow] of known) {
      const answer = await fetchPath(app().adminUrl, path, { method: 'PATCH' });
      assertError(answer, 405, 'method_not_allowed');
      assert.equal(answer.headers.get('Allow'), allow);
    }
  });

  const unknown = [
    '/',
    '/nothing',
    '/api',
    '/api/v1',
    '/api/v1/',
    '/api/v1/nothing',
    '/api/v2/auth/session',
    '/API/V1/auth/session',
    '//api/v1/auth/session',
    '/api/v1/auth/session/more',
    '/api/v1/relay/sessions',
    '/api/v1/../../etc/passwd',
    '/api/v1/auth%2Fsession',
    '/index.php?x=1',
    '/favicon.ico',
  ];
  for (const path of unknown) {
    it(`${path} is a 404 with the envelope, whatever the method`, async () => {
      for (const method of METHODS) assertError(await fetchPath(app().url, path, { method }), 404, 'not_found');
    });
  }

  for (const path of ['/%zz', '/api/v1/%', '/api/v1/relay/sessions/%c3%28', '/api/v1/user/stream-slots/%e0%a4/label']) {
    it(`${path} is a 400: it is no valid percent-encoding`, async () => {
      assertFaults(await fetchPath(app().url, path), ['/path']);
    });
  }

  it('a body on an operation without one is left unread and harms nobody', async () => {
    const answer = await fetchPath(app().url, '/api/v1/auth/session', { body: '{"broken"' });
    assertError(answer, 401, 'unauthorized');
  });
});
