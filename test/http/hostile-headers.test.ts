import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { assertError } from '../operations/common/error-body.ts';
import { startLogin } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { fetchPath } from './fetch-path.ts';
import { rawToAnswer, sendRaw } from './raw-socket.ts';

const REFRESH = 'POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
/** A second request that hides in what may be taken for the body of the first. */
const HIDDEN = 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n';

/** Where two servers could read two different requests in the same bytes (RFC 9112, section 11.2). */
const SMUGGLED: [name: string, bytes: string][] = [
  ['a length and chunks', `${REFRESH}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`],
  ['chunks and a length', `${REFRESH}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${HIDDEN}`],
  ['two lengths', `${REFRESH}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${HIDDEN}`],
  ['two equal lengths', `${REFRESH}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`],
  ['a list of lengths', `${REFRESH}Content-Length: 2, 2\r\n\r\n{}${HIDDEN}`],
  ['a length with a sign', `${REFRESH}Content-Length: +2\r\n\r\n{}${HIDDEN}`],
  ['a length in hexadecimal digits', `${REFRESH}Content-Length: 0x2\r\n\r\n{}${HIDDEN}`],
  ['a length beyond all numbers', `${REFRESH}Content-Length: 99999999999999999999\r\n\r\n{}${HIDDEN}`],
  ['another coding', `${REFRESH}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${HIDDEN}`],
  ['a coding behind chunks', `${REFRESH}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${HIDDEN}`],
  ['two codings', `${REFRESH}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n${HIDDEN}`],
  ['a space before the colon', `${REFRESH}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${HIDDEN}`],
  ['a folded header', `${REFRESH}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${HIDDEN}`],
  ['a folded value', `${REFRESH}X-A: a\r\n\tContent-Length: 40\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`],
  ['a header that begins with a blank', `${REFRESH} Content-Length: 40\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`],
  ['a bare LF', `${REFRESH}X-A: a\nContent-Length: 2\r\n\r\n{}${HIDDEN}`],
  ['bare LFs alone', `${REFRESH}Content-Length: 2\r\n\r\n{}${HIDDEN}`.replaceAll('\r\n', '\n')],
  ['a bare CR', `${REFRESH}X-A: a\rContent-Length: 40\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`],
  ['a chunk whose length has a sign', `${REFRESH}Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n${HIDDEN}`],
  ['a chunk longer than it says', `${REFRESH}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n${HIDDEN}`],
  ['a chunk that ends with a bare LF', `${REFRESH}Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n${HIDDEN}`],
  ['a NUL in a name', `${REFRESH}Content-\0Length: 2\r\n\r\n{}${HIDDEN}`],
];

describe('Headers that mean harm', () => {
  const app = useApp({ roles: ['api'], env: { TRUSTED_PROXIES: '127.0.0.0/8' } });

  for (const [name, bytes] of SMUGGLED) {
    it(`smuggle no second request: ${name}`, async () => {
      const socket = connect(Number(new URL(app().url).port), '127.0.0.1');
      // The server may close while these are on their way.
      socket.on('error', () => {});
      socket.write(Buffer.from(bytes, 'latin1'));
      const said = await text(socket);
      const statuses = [...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
      // The first may be answered before what follows it is seen to be broken.
      assert.ok(statuses.length >= 1 && statuses.every((status) => status === '400'), `${statuses}: ${said}`);
      assert.equal(said.includes('"openapi"'), false);
      assert.match(said, /Connection: close/);
    });
  }

  it('are refused with 431 in the envelope where they are too many, however short, and not cut off at their end', async () => {
    for (const count of [200, 2_500]) {
      const many = 'a:b\r\n'.repeat(count);
      const raw = await sendRaw(
        app().url,
        `GET /healthz HTTP/1.1\r\nHost: x\r\n${many}X-Forwarded-Proto: http\r\n\r\n`,
      );
      assert.equal(raw.statusLine, 'HTTP/1.1 431 Request Header Fields Too Large');
      assertError(rawToAnswer(raw), 431, 'invalid_request');
    }
  });

  it('at the end of as many as may be still count: what the proxy says there is heard', async () => {
    const many = 'a:b\r\n'.repeat(190);
    const path = '/api/v1/capacity/status';
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${many}X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n\r\n`;
    assertError(rawToAnswer(await sendRaw(app().url, head)), 403, 'https_required');
  });

  it('open no tunnel and change no protocol', async () => {
    for (const first of ['CONNECT 127.0.0.1:9090 HTTP/1.1', 'CONNECT /metrics HTTP/1.1']) {
      const socket = connect(Number(new URL(app().url).port), '127.0.0.1');
      socket.write(`${first}\r\nHost: x\r\n\r\n`);
      assert.equal(await text(socket), '');
    }
    const upgrade = {
      Connection: 'Upgrade, HTTP2-Settings',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
    };
    assert.equal((await fetchPath(app().url, '/healthz', { headers: upgrade })).status, 200);
  });

  it('give HTTP/1.0 an answer like any other, without asking for a Host, and the connection ends', async () => {
    const raw = await sendRaw(app().url, 'GET /healthz HTTP/1.0\r\n\r\n');
    assert.match(raw.statusLine, / 200 OK$/);
    assert.equal(raw.headers.get('connection'), 'close');
  });

  it('never choose where a link of the API leads: that is the address of the configuration', async () => {
    const forged = { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example', 'X-Original-URL': '/metrics' };
    const { body, text: content } = await call(app(), 'POST', '/auth/plugin/login/start', {
      body: { client: { platform: 'test' } },
      headers: forged,
    });
    assert.equal(content.includes('evil'), false);
    assert.equal(new URL(body.authorize_url).origin, app().url);
    const raw = await sendRaw(
      app().url,
      'POST http://evil.example/api/v1/auth/plugin/login/start HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 32\r\n\r\n{"client":{"platform":"aaaaaa"}}',
    );
    assert.equal(raw.body.includes('evil.example'), false);
  });

  it('break out of no header of an answer: what is echoed has no line ends, encoded or not', async () => {
    const { login_attempt_id: attempt } = await startLogin(app());
    for (const path of [
      `/login/plugin?attempt=${attempt}%0d%0aSet-Cookie:%20x=y`,
      '/account?done=%0d%0aSet-Cookie:%20x=y',
      '/login/callback?state=%0d%0aSet-Cookie:%20x=y',
      '/docs/guides/%0d%0aSet-Cookie:%20x=y',
      '/api/v1/relay/sessions/%0d%0aSet-Cookie:%20x=y',
      '/%0d%0aSet-Cookie:%20x=y',
    ]) {
      const headers = {
        'X-Request-ID': '%0d%0aSet-Cookie: x=y',
        Origin: 'https://a.example%0d%0aSet-Cookie: x=y',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'x-telemy-%0d%0aset-cookie',
      };
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await fetchPath(app().url, path, { method, headers });
        assert.equal(
          answer.headers.getSetCookie().some((cookie) => cookie.startsWith('x=')),
          false,
          path,
        );
        for (const [name, value] of answer.headers) assert.doesNotMatch(value, /x=y|set-cookie/i, `${path} ${name}`);
      }
    }
  });
});
