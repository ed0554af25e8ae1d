import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { LIMITS, type RunningServer, startServer } from '../../src/http/server.ts';

/** Milliseconds, but for the counts: as short as sockets allow. */
const SHORT = { headersMs: 150, requestMs: 300, checkEveryMs: 20, silenceMs: 400, connections: 5 };
const START = 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n';
/** More than the buffers of a connection hold. */
const MUCH = Buffer.alloc(64 * 1024 * 1024);

describe('A client that is slow', () => {
  let server: RunningServer;
  let answers: (response: ServerResponse) => void = () => {};
  const sockets: Socket[] = [];
  before(async () => {
    const address = { host: '127.0.0.1', port: 0 };
    server = await startServer((request, response) => answers(response) ?? request.resume(), address, {
      ...LIMITS,
      ...SHORT,
    });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    answers = () => {};
  });
  after(() => server.drain(0));

  async function open(sent = ''): Promise<Socket> {
    const socket = connect(server.port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(sent);
    return socket;
  }

  /** Writes a byte at a time, and answers all that the server says until it ends the connection. */
  async function drip(sent: string, byte: string): Promise<string> {
    const socket = await open(sent);
    const timer = setInterval(() => socket.writable && socket.write(byte), 20);
    // A reset comes where bytes were on their way.
    socket.on('error', () => {});
    const said = await text(socket);
    clearInterval(timer);
    return said;
  }

  it('with its headers is told 408 in the envelope and cut, however busy it looks', async () => {
    assertTimeout(await drip('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'x'));
  });

  it('with its body is told 408 in the envelope and cut, however busy it looks', async () => {
    assertTimeout(await drip(`${START}\r\n`, 'x'));
  });

  it('with the chunks of its body is told the same', async () => {
    assertTimeout(await drip('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'));
  });

  it('and says nothing at all is cut', async () => {
    assertTimeout(await text(await open()));
  });

  it('to read what it asked for is cut', async () => {
    const closed = new Promise<void>((resolve) => {
      answers = (response) => {
        response.end(MUCH);
        response.once('close', resolve);
      };
    });
    const socket = await open('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await closed;
  });

  it('never gets a complaint into the midst of an answer', async () => {
    answers = (response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('begun');
    };
    const socket = await open('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.on('error', () => {});
    const said = text(socket);
    await once(socket, 'data');
    socket.write('no HTTP at all\r\n\r\n');
    assert.match(await said, /^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nbegun$/);
  });

  it('or not is one of so many as there may be: those beyond are closed at once, the others answered', async () => {
    const waiting: ServerResponse[] = [];
    const full = Promise.withResolvers<void>();
    const crowded = await startServer(
      (_request, response) => {
        if (waiting.push(response) === SHORT.connections) full.resolve();
      },
      { host: '127.0.0.1', port: 0 },
      { ...LIMITS, connections: SHORT.connections },
    );
    try {
      const first = Array.from({ length: SHORT.connections }, () => fetch(crowded.url));
      await full.promise;
      await assert.rejects(fetch(crowded.url));
      for (const response of waiting) response.end('served');
      const said = await Promise.all(first.map(async (answer) => (await answer).text()));
      assert.deepEqual(said, Array(SHORT.connections).fill('served'));
    } finally {
      await crowded.drain(0);
    }
  });

  it('has limits in the real server too', () => {
    const { headersMs, requestMs, checkEveryMs, silenceMs, connections, headers } = LIMITS;
    // A long poll is silent for 25 s.
    assert.ok(headersMs + checkEveryMs <= 15_000 && requestMs <= 30_000 && silenceMs > 30_000 && silenceMs <= 120_000);
    assert.ok(connections < 65_536 && headers <= 200);
  });
});

function assertTimeout(said: string): void {
  const [head = '', body = ''] = said.split('\r\n\r\n');
  assert.match(head, /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*Connection: close/);
  const { error } = JSON.parse(body);
  assert.deepEqual([error.code, error.message], ['invalid_request', 'The request took too long to arrive.']);
}
