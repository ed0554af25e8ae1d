import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { drawFault, type Fault } from '../vendor-server/faults.ts';
import { createBucket, type S3Answer } from './bucket.ts';

export interface S3Options {
  bucket: string;
  accessKeyId: string;
  /** Most keys of one page of a listing. */
  pageSize?: number;
}

/** Storage that speaks as much of S3's protocol as backups need, with one bucket, on loopback. */
export interface S3Server {
  url: string;
  objects: Map<string, Buffer>;
  /** Uploads in parts that are neither completed nor aborted. */
  openUploads(): number;
  /** Which calls fail and how: `down`, `error` and `lost` are known, and `cut` for answers that break in the middle. */
  faults: Fault[];
  /** How many more downloads break in the middle. */
  cutDownloads: number;
  /** Method and path with query of each call. */
  calls: string[];
  close(): Promise<void>;
}

/** Starts the stand-in on a free port. A call whose signature names another key, or none, is refused with 403. */
export async function startS3({ bucket, accessKeyId, pageSize = 2 }: S3Options): Promise<S3Server> {
  const store = createBucket(bucket, pageSize);
  const state = { faults: [] as Fault[], cutDownloads: 0, calls: [] as string[] };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', 'http://s3');
    const method = request.method ?? 'GET';
    state.calls.push(`${method} ${url.pathname}${url.search}`);
    const fault = drawFault(state.faults, { method, path: url.pathname }, () => 0);
    if (fault?.kind === 'down') return void request.socket.destroy();
    if (fault?.kind === 'error') return send(response, { status: fault.status ?? 500, code: 'InternalError' });
    const isSigned = request.headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKeyId}/`);
    if (!isSigned) return send(response, { status: 403, code: 'InvalidAccessKeyId' });
    const answer = store.serve(method, url, body);
    if (fault?.kind === 'lost') return void request.socket.destroy();
    if (state.cutDownloads > 0 && answer.content) {
      state.cutDownloads -= 1;
      response.writeHead(200, { 'Content-Length': answer.content.length });
      response.write(answer.content.subarray(0, answer.content.length / 2), () => request.socket.destroy());
      return;
    }
    send(response, answer);
  };

  const server = createServer((request, response) => {
    // A client that is gone before its request was whole.
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: store.objects,
    openUploads: () => store.uploads.size,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}

function send(response: ServerResponse, { status, xml, content, code, headers }: S3Answer): void {
  const fault = code && `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  const body = content ?? Buffer.from(xml ?? fault ?? '');
  const type = content ? 'application/octet-stream' : 'application/xml';
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length, ...headers }).end(body);
}
