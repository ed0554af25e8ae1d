import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Incoming {
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  type: string;
  requestId: string;
  body: string;
}

/** What becomes of a call: an answer, a cut connection, or nothing at all until the caller gives up. */
export type Outcome = Answer | 'cut' | 'silence';

export interface RunningServer {
  url: string;
  close(): Promise<void>;
}

/** Serves on loopback only, on any free port. */
export async function serve(handle: (request: Incoming) => Promise<Outcome>): Promise<RunningServer> {
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    const outcome = await handle({ headers: request.headers, body });
    if (outcome === 'silence') return;
    if (outcome === 'cut') return void request.socket.destroy();
    const headers = { 'Content-Type': outcome.type, 'x-amzn-RequestId': outcome.requestId };
    response.writeHead(outcome.status, headers).end(outcome.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Undefined when the caller went away meanwhile. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  try {
    return await text(request);
  } catch {
    return undefined;
  }
}
