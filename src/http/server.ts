import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { v4 as uuidv4 } from 'uuid';
import type { ListenAddress } from '../config.ts';
import { ApiError, errors } from './errors.ts';
import { errorBody } from './middleware/error-envelope.ts';

/** A listening server. */
export interface RunningServer {
  /** `http://host:port`, with the port that was really taken. */
  url: string;
  port: number;
  /** Takes no new connections from now on; those that there are stay as they are. */
  refuse(): void;
  /** Stops listening, lets the requests that are under way finish for at most `graceMs`, then cuts the rest. */
  drain(graceMs: number): Promise<void>;
}

/** What one client may take of the server, and all of them together. Times are milliseconds. */
export interface ServerLimits {
  /** For the headers, from the opening of the connection on; for the whole request. */
  headersMs: number;
  requestMs: number;
  /** How often these two are looked at: a slow client is cut so much later at most. */
  checkEveryMs: number;
  /** A connection on which nothing moves, in either direction: also cuts whoever does not read what it asked for. */
  silenceMs: number;
  keepAliveMs: number;
  /** Connections at a time; those beyond are closed at once. */
  connections: number;
  /** Header lines of a request. */
  headers: number;
}

/** Of every server, unless a test says otherwise. */
export const LIMITS: ServerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  checkEveryMs: 2_000,
  // Longer than any long poll.
  silenceMs: 120_000,
  // Longer than a proxy keeps idle connections (Cloudflare: 60 s here), so that it, not we, closes first.
  keepAliveMs: 65_000,
  // The database, logs and files need descriptors too: the units of systemd allow 65,536.
  connections: 20_000,
  headers: 200,
};
/** What Node calls headers that are too large. */
const OVERFLOW = 'HPE_HEADER_OVERFLOW';
/** When the server ends, a kept connection has this long to bring its next request, in milliseconds. */
const IDLE_MS = 100;
/** When the server ends, a new connection has this long to bring its first request, in milliseconds. */
const UNUSED_MS = 500;

/** Listens and serves. */
export async function startServer(
  listener: RequestListener,
  address: ListenAddress,
  limits: ServerLimits = LIMITS,
): Promise<RunningServer> {
  const open: Open = { connections: new Set(), responses: new Set(), isDraining: false };
  const answer: RequestListener = (request, response) => {
    open.responses.add(response);
    response.once('close', () => open.responses.delete(response));
    if (open.isDraining) response.setHeader('Connection', 'close');
    const fault = headerFault(request, limits.headers);
    if (fault) answerBroken(fault, request.socket, open);
    else listener(request, response);
  };
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
      // Node would answer 400 without our envelope.
      requireHostHeader: false,
    },
    answer,
  );
  server.timeout = limits.silenceMs;
  server.maxConnections = limits.connections;
  // As one of several processes, Node would only pass on what is beyond, from one full process to the next.
  Object.assign(server, { dropMaxConnection: true });
  // Node would drop the headers behind the first 2,000 without a word, and with them what a proxy says at their end.
  server.maxHeadersCount = 0;
  // Node would answer 417, but what is expected beside 100-continue may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', answer);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerBroken(error, socket, open));
  server.on('connection', (socket: Socket) => {
    open.connections.add(socket);
    socket.once('close', () => open.connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const { host, port, isShared = false } = address;
    server.listen({ host, port, reusePort: isShared, exclusive: isShared }, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const anywhere = address.host === undefined || address.host === '::' || address.host === '0.0.0.0';
  const host = anywhere ? 'localhost' : (address.host as string);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    refuse: () => void refuse(server, open),
    drain: (graceMs) => drain(server, open, graceMs),
  };
}

/** What clients have of the server at present. */
interface Open {
  connections: Set<Socket>;
  responses: Set<ServerResponse>;
  /** Every answer says from now on that its connection ends with it. */
  isDraining: boolean;
  /** Once no new connection is taken: when the last one has ended. */
  closed?: Promise<void>;
}

function refuse(server: Server, open: Open): Promise<void> {
  // http's own `close` would cut idle connections at once, also those whose next request is on its way.
  open.closed ??= new Promise((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
  return open.closed;
}

async function drain(server: Server, open: Open, graceMs: number): Promise<void> {
  open.isDraining = true;
  for (const response of open.responses) if (!response.headersSent) response.setHeader('Connection', 'close');
  const closed = refuse(server, open);
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_MS);
  // To Node a connection on which nothing was asked yet isn't idle: clients open such ones in advance.
  const cutUnused = setTimeout(() => {
    for (const socket of open.connections) if (socket.bytesRead === 0) socket.destroy();
  }, UNUSED_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutUnused);
  clearTimeout(cut);
}

function headerFault({ httpVersion, headers, rawHeaders }: IncomingMessage, most: number): Error | undefined {
  // Names and values by turns.
  if (rawHeaders.length > 2 * most) return Object.assign(new Error('too many headers'), { code: OVERFLOW });
  return httpVersion === '1.1' && headers.host === undefined ? new Error('no Host header') : undefined;
}

/**
 * Even what isn't HTTP gets the envelope: the parser's complaints never reach Koa. Not in the midst of another answer, of
 * which it would become a part.
 */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket, { responses }: Open): void {
  const isAnswering = [...responses].some((response) => response.socket === socket && response.headersSent);
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
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
    case OVERFLOW:
      return new ApiError(431, 'invalid_request', 'The headers are too large.', { details: { errors: [] } });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError(408, 'invalid_request', 'The request took too long to arrive.', { details: { errors: [] } });
    default:
      return errors.invalidRequest([{ path: '/header', message: 'is not valid HTTP' }]);
  }
}
