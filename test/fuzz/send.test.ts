import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BASE_PATH } from './contract.ts';
import type { FuzzRequest } from './request.ts';
import { createSender } from './send.ts';

const LIMIT_MS = 60;
const PLAIN: FuzzRequest = {
  method: 'GET',
  target: `${BASE_PATH}/capacity/status`,
  headers: [],
  body: undefined,
  wire: undefined,
};
const REQUESTS: Record<string, FuzzRequest> = { plain: PLAIN, raw: { ...PLAIN, wire: 'no host' } };

/** A server that does this to each connection, for as long as `use` takes. */
async function withServer(serve: (socket: Socket) => void, use: (url: string) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Sends a head, and then of its body a character now and then, without an end. */
function drip(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n');
  const timer = setInterval(() => socket.write(' '), LIMIT_MS / 6);
  socket.on('close', () => clearInterval(timer));
}

describe("the fuzzer's sender", () => {
  for (const [kind, request] of Object.entries(REQUESTS)) {
    it(`takes a ${kind} request without an answer for a fault`, () =>
      withServer(
        () => {},
        async (url) => {
          const sender = createSender(url, { limitMs: LIMIT_MS });
          await assert.rejects(sender.send(request), { message: 'no whole answer in time' });
          sender.close();
        },
      ));

    it(`takes an answer without an end to a ${kind} request for a fault`, () =>
      withServer(drip, async (url) => {
        const sender = createSender(url, { limitMs: LIMIT_MS });
        await assert.rejects(sender.send(request), { message: 'no whole answer in time' });
        sender.close();
      }));
  }

  it('gives a long poll its own wait on top', () =>
    withServer(
      (socket) => void setTimeout(() => socket.end('HTTP/1.1 204 No Content\r\n\r\n'), 3 * LIMIT_MS),
      async (url) => {
        const sender = createSender(url, { limitMs: LIMIT_MS });
        const target = `${BASE_PATH}/relay/active?wait_seconds=1`;
        assert.equal((await sender.send({ ...PLAIN, target })).status, 204);
        sender.close();
      },
    ));
});
