import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { API_ROOT } from '../../../src/http/contract-document.ts';
import type { Answer } from '../../support/http.ts';

export interface RawRequest {
  method: string;
  /** Below `/api/v1`. */
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** Sends the body in chunks, without telling its length. */
  chunked?: boolean;
}

/** One request that has exactly these headers besides the length: `fetch` would add a content type of its own. */
export function rawRequest(app: { url: string }, raw: RawRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(app.url);
    const { method, headers = {}, body } = raw;
    const request = httpRequest({
      host: hostname,
      port,
      method,
      path: `${API_ROOT}${raw.path}`,
      headers,
      agent: false,
    });
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      toAnswer(response).then(resolve, reject);
    });
    // A server that refuses a body need not read it to its end.
    request.on('error', (error) => answered || reject(error));
    if (body !== undefined && raw.chunked) request.write(body);
    request.end(raw.chunked ? undefined : body);
  });
}

async function toAnswer(response: IncomingMessage): Promise<Answer> {
  const content = await text(response);
  const headers = new Headers();
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    headers.append(response.rawHeaders[index] as string, response.rawHeaders[index + 1] as string);
  }
  const body = content === '' ? undefined : JSON.parse(content);
  return { status: response.statusCode ?? 0, headers, body, text: content };
}
