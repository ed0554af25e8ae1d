import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Answer } from '../support/http.ts';

export interface PathRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** Sends the body in chunks, without telling its length. */
  chunked?: boolean;
}

/**
 * One request to a path of the server, as it is written and with exactly these headers besides the length: `fetch` would
 * normalise path and method, and add a content type.
 */
export function fetchPath(url: string, path: string, options: PathRequest = {}): Promise<Answer> {
  const { method = 'GET', body, chunked = false } = options;
  const { hostname, port } = new URL(url);
  const length = body === undefined || chunked ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const encoding = chunked ? { 'Transfer-Encoding': 'chunked' } : {};
  const headers = { ...options.headers, ...length, ...encoding };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: hostname, port, method, path, headers, agent: false });
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      toAnswer(response).then(resolve, reject);
    });
    // A server that refuses a body need not read it to its end.
    request.on('error', (error) => answered || reject(error));
    request.end(body);
  });
}

async function toAnswer(response: IncomingMessage): Promise<Answer> {
  const content = await text(response);
  const headers = new Headers();
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    headers.append(response.rawHeaders[index] as string, response.rawHeaders[index + 1] as string);
  }
  return { status: response.statusCode ?? 0, headers, body: parse(content), text: content };
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
