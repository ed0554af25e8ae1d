import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { createClientAddress } from '../../src/http/client-address.ts';
import { errors } from '../../src/http/errors.ts';
import { errorBody } from '../../src/http/middleware/error-envelope.ts';
import { BODY_LIMIT } from '../../src/http/middleware/raw-body.ts';
import { ask, handshake } from '../support/tls/client.ts';
import { startTlsFront, type TlsFront } from '../support/tls/front.ts';

/** The API holds a long poll for 25 s at most. */
const LONG_POLL_MS = 26_000;
const CLIENT = '203.0.113.9';

describe('the TLS front: nginx with docker/tls, before a server', function () {
  this.timeout(60_000);
  let upstream: Server;
  let front: TlsFront;

  before(async () => {
    upstream = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    front = await startTlsFront((upstream.address() as AddressInfo).port);
  });
  after(async () => {
    await front?.daemon.stop();
    upstream.closeAllConnections();
    upstream.close();
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`speaks ${version}`, async () => assert.equal(await handshake(front, version), version));
  }

  it('refuses TLS 1.1, which this client does speak to others', async () => {
    await assert.rejects(handshake(front, 'TLSv1.1'), { code: /ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION|ECONNRESET/ });
    const old = {
      key: front.key,
      cert: front.certificate,
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    const others = createTlsServer(old).listen(0, '127.0.0.1');
    await once(others, 'listening');
    const { port } = others.address() as AddressInfo;
    assert.equal(await handshake({ port, certificate: front.certificate }, 'TLSv1.1'), 'TLSv1.1');
    others.close();
  });

  it('tells the API that the client used https, which host it asked for, and where it is, behind what it says itself', async () => {
    const headers = { 'X-Forwarded-For': CLIENT, 'X-Forwarded-Proto': 'http', Host: 'api.example.com' };
    const seen = JSON.parse((await ask(front, '/seen', { headers })).body);
    assert.equal(seen['x-forwarded-proto'], 'https');
    assert.equal(seen.host, 'api.example.com');
    assert.equal(seen['x-forwarded-for'], `${CLIENT}, 127.0.0.1`);
    // The API trusts the front alone: the entry that the client wrote counts for nothing.
    const place = createClientAddress(['172.30.7.10/32'])('172.30.7.10', seen);
    assert.deepEqual(place, { address: '127.0.0.1', viaCloudflare: false, byPlainHttp: false });
  });

  it('tells browsers to stay with https, on answers and on errors of its own', async () => {
    for (const one of [await ask(front, '/seen'), await ask(front, '/cut')]) {
      assert.equal(one.headers['strict-transport-security'], 'max-age=31536000');
    }
  });

  it('lets a body of the limit of the API through, and answers a larger one as the API would', async () => {
    const most = await ask(front, '/length', { body: Buffer.alloc(BODY_LIMIT) });
    assert.equal(most.body, String(BODY_LIMIT));
    const larger = await ask(front, '/length', { body: Buffer.alloc(BODY_LIMIT + 1) });
    assert.equal(larger.status, 413);
    assert.match(String(larger.headers['content-type']), /^application\/json/);
    const { error } = JSON.parse(larger.body);
    assert.deepEqual({ error }, errorBody(errors.payloadTooLarge(BODY_LIMIT), error.request_id));
  });

  it('answers as the API would when that is gone', async () => {
    const gone = await ask(front, '/cut');
    assert.equal(gone.status, 503);
    assert.equal(gone.headers['retry-after'], '5');
    const { error } = JSON.parse(gone.body);
    assert.deepEqual({ error }, errorBody(errors.serviceUnavailable(), error.request_id));
  });

  it('does not cut a long poll of 25 s', async () => {
    assert.equal((await ask(front, '/long-poll')).body, 'at last');
  });

  it('finishes what is under way at SIGQUIT, as Compose ends it', async () => {
    const asked = once(upstream, 'request');
    const answered = ask(front, '/when-told');
    const [, response] = (await asked) as [IncomingMessage, ServerResponse];
    const gone = front.daemon.stop('SIGQUIT');
    await assert.rejects(async () => {
      for (;;) await ask(front, '/seen');
    });
    response.end('told');
    assert.equal((await answered).body, 'told');
    await gone;
  });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  if (request.url === '/cut') request.socket.destroy();
  else if (request.url === '/length') response.end(String(body.length));
  else if (request.url === '/long-poll') setTimeout(() => response.end('at last'), LONG_POLL_MS);
  else if (request.url !== '/when-told') response.end(JSON.stringify(request.headers));
}
