import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { FuzzRequest } from './request.ts';
import { toWire } from './wire.ts';

export interface FuzzAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Longest time that an answer may take, in milliseconds, beyond the wait that its request asks for. */
const ANSWER_LIMIT_MS = 10_000;

/** Sends requests over a few connections that are kept. */
export interface Sender {
  /** @throws Error when there is no whole answer in time, however much of it has come. */
  send(request: FuzzRequest): Promise<FuzzAnswer>;
  close(): void;
}

export function createSender(url: string, { limitMs = ANSWER_LIMIT_MS }: { limitMs?: number } = {}): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port, host } = new URL(url);

  const sendPlain = (request: FuzzRequest): Promise<FuzzAnswer> =>
    new Promise((resolve, reject) => {
      const { method, target, headers, body } = request;
      const signal = AbortSignal.timeout(limitMs + waitOf(target));
      const fail = (error: Error) => reject(signal.aborted ? tooLate() : error);
      const sent = httpRequest({ agent, hostname, port, method, path: target, signal }, (answer) => {
        buffer(answer).then((bytes) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: bytes.toString() });
        }, fail);
      });
      sent.on('error', fail);
      for (const [name, value] of headers) sent.setHeader(name, value);
      if (body !== undefined) sent.setHeader('Content-Length', body.length);
      sent.end(body);
    });

  const sendWire = (request: FuzzRequest): Promise<FuzzAnswer> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) });
      const chunks: Buffer[] = [];
      const timer = setTimeout(() => socket.destroy(tooLate()), limitMs + waitOf(request.target));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('close', () => {
        clearTimeout(timer);
        const answer = parseAnswer(Buffer.concat(chunks).toString('latin1'));
        if (answer) resolve(answer);
        else reject(new Error('the connection was closed without an answer'));
      });
      socket.write(toWire(request, host));
    });

  return {
    send: (request) => (request.wire === undefined ? sendPlain(request) : sendWire(request)),
    close: () => agent.destroy(),
  };
}

function tooLate(): Error {
  return new Error('no whole answer in time');
}

/** How long a request asks to be held, in milliseconds. */
function waitOf(target: string): number {
  const seconds = Number(new URLSearchParams(target.split('?')[1]).get('wait_seconds') ?? 0);
  return seconds > 0 && seconds <= 25 ? seconds * 1000 : 0;
}

/** The first answer in what came over a connection. */
function parseAnswer(text: string): FuzzAnswer | undefined {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})/.exec(line)?.[1];
  if (status === undefined) return undefined;
  const pairs = lines.map((header): [string, string] => {
    const [name = '', ...value] = header.split(':');
    return [name.toLowerCase(), value.join(':').trim()];
  });
  const headers = Object.fromEntries(pairs) as IncomingHttpHeaders;
  const body = Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString();
  return { status: Number(status), headers, text: body.slice(0, Number(headers['content-length'] ?? body.length)) };
}
