import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What happens to a call on its way:
 * - `reset`: the connection is cut before anything reaches the server
 * - `lost`: the server does what was asked, and its answer is lost
 * - `half`: half of the answer's body arrives, then the connection is cut
 * - `bad_gateway`: answered with a page and 502, without the server
 * - `unavailable`: answered 503 with `Retry-After: 1`, without the server
 * - `garbage`: a page with 200, as of a network that wants a login first
 * - `slow`: done and answered, `slowMs` later
 */
export type WireFault = 'reset' | 'lost' | 'half' | 'bad_gateway' | 'unavailable' | 'garbage' | 'slow';

/** A call that came by. */
export interface ProxiedCall {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  fault: WireFault | undefined;
}

export interface FaultProxy {
  url: string;
  calls: ProxiedCall[];
  /** The faults of the next calls whose path has this text in it, one after the other; then all is well again. */
  fail(path: string, ...faults: WireFault[]): void;
  /** All calls fail in this way until it is undefined again. */
  always: WireFault | undefined;
  slowMs: number;
  close(): Promise<void>;
}

/** Starts a proxy on loopback between a client and a server. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const planned: { path: string; fault: WireFault }[] = [];
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    fail(path, ...faults) {
      planned.push(...faults.map((fault) => ({ path, fault })));
    },
    always: undefined,
    slowMs: 50,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const index = planned.findIndex((one) => path.includes(one.path));
    const fault = index < 0 ? proxy.always : planned.splice(index, 1)[0]?.fault;
    proxy.calls.push({ method, path, headers, fault });
    const body = await buffer(incoming);
    if (fault === 'reset') return void incoming.socket.destroy();
    if (fault === 'bad_gateway') return void outgoing.writeHead(502, HTML).end('<h1>Bad gateway</h1>');
    if (fault === 'garbage') return void outgoing.writeHead(200, HTML).end('<h1>Welcome to our Wi-Fi</h1>');
    if (fault === 'unavailable') return void outgoing.writeHead(503, { ...HTML, 'Retry-After': '1' }).end('busy');
    const answer = await forward(target, incoming, body);
    if (fault === 'lost') return void incoming.socket.destroy();
    if (fault === 'slow') await delay(proxy.slowMs);
    outgoing.writeHead(answer.status, answer.headers);
    if (fault !== 'half') return void outgoing.end(answer.body);
    outgoing.write(answer.body.subarray(0, answer.body.length / 2), () => incoming.socket.destroy());
  }
  return proxy;
}

const HTML = { 'Content-Type': 'text/html' };

async function forward(target: string, incoming: IncomingMessage, body: Buffer) {
  const { method, url, headers } = incoming;
  const outer = request(new URL(url ?? '/', target), { method, headers });
  outer.end(body);
  const [response] = (await once(outer, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 500, headers: response.headers, body: await buffer(response) };
}
