import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { assertError } from '../operations/common/error-body.ts';
import { useApp } from '../support/test-app.ts';
import { fetchPath } from './fetch-path.ts';
import { rawToAnswer, sendRaw } from './raw-socket.ts';

const BROKEN: [name: string, bytes: string][] = [
  ['no HTTP at all', 'hello\r\n\r\n'],
  ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
  ['an unknown method', 'FETCH /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['an unknown version', 'GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['a header without a name', 'GET /healthz HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
  ['a control character in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\u0000b\r\n\r\n'],
  ['two lengths', 'POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
  [
    'a length and chunks',
    'POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a length that is no number', 'POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n{}'],
];

describe('What is no HTTP', () => {
  const app = useApp({ roles: ['api'] });

  for (const [name, bytes] of BROKEN) {
    it(`${name} gets the envelope, and the connection is closed`, async () => {
      for (const url of [app().url, app().adminUrl]) {
        const raw = await sendRaw(url, Buffer.from(bytes, 'latin1'));
        assert.equal(raw.statusLine, 'HTTP/1.1 400 Bad Request');
        assert.equal(raw.headers.get('connection'), 'close');
        const { details } = assertError(rawToAnswer(raw), 400, 'invalid_request');
        assert.deepEqual(details, { errors: [{ path: '/header', message: 'is not valid HTTP' }] });
      }
    });
  }

  it('headers beyond the limit get 431 and the envelope', async () => {
    const raw = await sendRaw(app().url, `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(100_000)}\r\n\r\n`);
    assert.equal(raw.statusLine, 'HTTP/1.1 431 Request Header Fields Too Large');
    assertError(rawToAnswer(raw), 431, 'invalid_request');
  });

  it('headers within the limit are served', async () => {
    const { status } = await fetchPath(app().url, '/healthz', { headers: { 'X-Big': 'x'.repeat(8_000) } });
    assert.equal(status, 200);
  });

  it('an expectation that the server does not know is ignored', async () => {
    const { status, body } = await fetchPath(app().url, '/healthz', { headers: { Expect: 'miracles' } });
    assert.deepEqual([status, body], [200, { status: 'ok' }]);
  });

  it('a body that breaks off changes nothing and stops nobody', async () => {
    const head = 'POST /api/v1/auth/plugin/login/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const { hostname, port } = new URL(app().url);
    for (let count = 0; count < 10; count += 1) {
      const socket = connect(Number(port), hostname);
      await new Promise<void>((resolve) => {
        socket.write(`${head}Content-Length: 500\r\n\r\n{"client":`, () => resolve());
      });
      socket.destroy();
    }
    assert.equal((await fetchPath(app().url, '/healthz')).status, 200);
    assert.deepEqual(await app().database('plugin_login_attempts').select('id'), []);
  });
});
