import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect, type SecureVersion } from 'node:tls';

export interface TlsTarget {
  port: number;
  /** Believed as if an authority had signed it. */
  certificate: string;
}

export interface TlsAnswer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

const HOST = 'api.example.com';

/** The protocol that a handshake with this version and no other ends in. */
export function handshake({ port, certificate }: TlsTarget, version: SecureVersion): Promise<string | null> {
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  // OpenSSL 3 speaks the old versions only at this level.
  const ciphers = 'DEFAULT@SECLEVEL=0';
  const only = { minVersion: version, maxVersion: version, ciphers, ca: certificate, servername: HOST };
  const socket = connect({ port, host: '127.0.0.1', ...only }, () => {
    resolve(socket.getProtocol());
    socket.destroy();
  });
  socket.on('error', reject);
  return promise;
}

/** Sends one request over TLS, with the certificate checked. */
export async function ask(
  { port, certificate }: TlsTarget,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: Buffer } = {},
): Promise<TlsAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TlsAnswer>();
  const sent = request(
    {
      port,
      host: '127.0.0.1',
      path,
      servername: HOST,
      ca: certificate,
      agent: false,
      method: body ? 'POST' : 'GET',
      headers,
    },
    (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode, headers: response.headers, body: answer }),
        reject,
      );
    },
  );
  sent.on('error', reject);
  sent.end(body);
  return await promise;
}
