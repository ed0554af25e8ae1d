import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export interface OriginAnswer {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

const TIMEOUT_MS = 15_000;

/** Asks a host by its address, as if by the API's name: the record may lead elsewhere. */
export function askOrigin(
  origin: string,
  apiHost: string,
  { method = 'GET', path, token, body }: { method?: string; path: string; token?: string; body?: object },
): Promise<OriginAnswer> {
  const isTls = origin.startsWith('https:');
  const headers = {
    Host: apiHost,
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
    ...(body ? { 'Content-Type': 'application/json' } : {}),
  };
  return new Promise((resolve, reject) => {
    // Between the hosts' own certificates and Cloudflare nobody else checks; the name is the API's.
    const options = { method, headers, timeout: TIMEOUT_MS, ...(isTls ? { servername: apiHost } : {}) };
    const request = (isTls ? requestHttps : requestHttp)(`${origin}${path}`, options, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      text(response).then((content) => resolve({ status, retryAfter: answered['retry-after'], text: content }), reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${origin} doesn't answer`)));
    request.on('error', reject);
    request.end(body && JSON.stringify(body));
  });
}
