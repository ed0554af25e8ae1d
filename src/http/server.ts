import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { v4 as uuidv4 } from 'uuid';
import type { ListenAddress } from '../config.ts';
import { ApiError, errors } from './errors.ts';
import { errorBody } from './middleware/error-envelope.ts';

/** A listening server. */
export interface RunningServer {
  /** `http://host:port`, with the port that was really taken. */
  url: string;
  port: number;
  /** Stops listening, lets the requests that are under way finish for at most `graceMs`, then cuts the rest. */
  drain(graceMs: number): Promise<void>;
}

/** Slow clients are cut, in milliseconds: for the headers and for the whole request. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a proxy keeps idle connections (Cloudflare: 60 s here), so that it, not we, closes first. */
const KEEP_ALIVE_MS = 65_000;
/** When the server ends, a new connection has this long to bring its first request, in milliseconds. */
const UNUSED_MS = 500;

/** Listens and serves. */
export async function startServer(listener: RequestListener, address: ListenAddress): Promise<RunningServer> {
  const answer: RequestListener = (request, response) => {
    const needsHost = request.httpVersion === '1.1' && request.headers.host === undefined;
    if (needsHost) answerBroken(new Error('no Host header'), request.socket);
    else listener(request, response);
  };
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Node would answer 400 without our envelope.
      requireHostHeader: false,
    },
    answer,
  );
  // Node would answer 417, but what is expected beside 100-continue may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', answer);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerBroken(error, socket));
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const anywhere = address.host === undefined || address.host === '::' || address.host === '0.0.0.0';
  const host = anywhere ? 'localhost' : (address.host as string);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    drain: (graceMs) => drain(server, connections, graceMs),
  };
}

async function drain(server: Server, connections: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Connections that became idle by answering their last request.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  // To Node a connection on which nothing was asked yet isn't idle: clients open such ones in advance.
  const cutUnused = setTimeout(() => {
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  }, UNUSED_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutUnused);
  clearTimeout(cut);
}

/** Even what isn't HTTP gets the envelope: the parser's complaints never reach Koa. */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const answer = brokenRequestError(error.code);
  const id = uuidv4();
  const body = JSON.stringify(errorBody(answer, id));
  socket.end(
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-ID: ${id}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function brokenRequestError(code: string | undefined): ApiError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError(431, 'invalid_request', 'The headers are too large.', { details: { errors: [] } });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError(408, 'invalid_request', 'The request took too long to arrive.', { details: { errors: [] } });
    default:
      return errors.invalidRequest([{ path: '/header', message: 'is not valid HTTP' }]);
  }
}
