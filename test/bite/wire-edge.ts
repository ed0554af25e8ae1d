import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { WireAnswer } from './breaks.ts';

/** What was asked, as it stood in the request line. */
export interface WireRequest {
  method: string;
  /** With the query. */
  target: string;
}

/** Told every answer of this process's servers just before it goes out; what it returns goes out instead. */
export type Rewrite = (request: WireRequest, answer: WireAnswer) => WireAnswer | undefined;

/** Node tells of a request here before the server's own listener gets it. */
const CHANNEL = 'http.server.request.start';

/**
 * Stands between the servers of this process and the wire. That is behind all of the server's own code: its check of
 * answers, its logs and its metrics never see a rewritten answer, and its clients see no other.
 *
 * @returns takes it away again.
 */
export function rewriteAnswers(rewrite: Rewrite): () => void {
  const onRequest = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    standBefore(response, (answer) => rewrite({ method: request.method ?? '', target: request.url ?? '' }, answer));
  };
  subscribe(CHANNEL, onRequest);
  return () => void unsubscribe(CHANNEL, onRequest);
}

function standBefore(response: ServerResponse, rewrite: (answer: WireAnswer) => WireAnswer | undefined): void {
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.end = ((...args: unknown[]) => {
    const [body] = args;
    const isPlain = body === undefined || body === null || typeof body === 'string' || Buffer.isBuffer(body);
    // One that is sent in parts is none of the API's.
    if (!isPlain || response.headersSent) return end(...args);
    const changed = rewrite({ status: response.statusCode, headers: headersOf(response), text: String(body ?? '') });
    if (changed === undefined) return end(...args);
    for (const name of response.getHeaderNames()) if (!(name in changed.headers)) response.removeHeader(name);
    for (const [name, value] of Object.entries(changed.headers)) response.setHeader(name, value);
    response.statusCode = changed.status;
    response.statusMessage = STATUS_CODES[changed.status] ?? '';
    if (changed.text !== '') response.setHeader('content-length', Buffer.byteLength(changed.text));
    return end(changed.text);
  }) as ServerResponse['end'];
}

function headersOf(response: ServerResponse): Record<string, string> {
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
}
