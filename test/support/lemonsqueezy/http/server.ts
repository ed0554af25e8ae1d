import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import getRawBody from 'raw-body';

export interface Incoming {
  method: string;
  /** Without the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Empty where there is none. */
  body: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Answers a request; null leaves the caller waiting for ever. */
export type Handler = (request: Incoming) => Promise<Answer | null>;

export interface RunningServer {
  url: string;
  close(): Promise<void>;
}

const BODY_LIMIT = 262_144;

/** Serves on loopback only. */
export async function listen(handler: Handler, port: number): Promise<RunningServer> {
  const server = createServer(async (request, response) => {
    try {
      const answer = await handler(await read(request));
      if (answer)
        response.writeHead(answer.status, { 'Cache-Control': 'no-store', ...answer.headers }).end(answer.body);
    } catch (error) {
      // A caller that is gone, or one that sends too much.
      const status = (error as { status?: number }).status ?? 500;
      response.writeHead(status, { Connection: 'close' }).end();
    }
  });
  server.listen(port, '127.0.0.1');
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

async function read(request: IncomingMessage): Promise<Incoming> {
  const body = await getRawBody(request, { limit: BODY_LIMIT, encoding: 'utf-8' });
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  return { method: request.method ?? 'GET', path, headers: request.headers, body };
}
