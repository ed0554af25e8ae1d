import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { drawFault, type Fault, type FaultKind } from './faults.ts';

/** A call that came in, whatever it came to. */
export interface VendorCall {
  method: string;
  /** As it was sent, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Parsed where it is JSON, else the text; undefined where there was none. */
  body: unknown;
  /** The fault that it ran into. */
  fault?: FaultKind;
  /** Of the answer; of a lost one too. Absent while there is none. */
  status?: number;
}

/** An answer; its body goes out as JSON, or as it is where the headers name a `Content-Type`. */
export interface VendorAnswer {
  status: number;
  /** A text where it doesn't go out as JSON; undefined: empty. */
  body: unknown;
  headers?: Record<string, string>;
}

/** What listens, and what it answers. */
export interface VendorServerOptions {
  ip: string;
  /** 0: any free one. */
  port: number;
  /** Does what is asked for. */
  serve(call: VendorCall): VendorAnswer | Promise<VendorAnswer>;
  /** How this vendor words an `error` or `throttled` fault. */
  refuse(fault: Fault): VendorAnswer;
  /** Asked at each call. */
  faultsNow(): Fault[];
  random(): number;
  /** Every call is added, as soon as it has come in whole. */
  calls: VendorCall[];
}

export interface VendorServer {
  port: number;
  /** Frees the port and cuts open connections. */
  close(): Promise<void>;
}

/** Starts an HTTP server whose calls can run into faults. */
export async function listenAsVendor(options: VendorServerOptions): Promise<VendorServer> {
  const server = createServer(async (request, response) => {
    try {
      await handle(request, response, options);
    } catch {
      // A client that is gone before its request was whole, or a bug here, which is better seen than waited for.
      request.socket.destroy();
    }
  });
  server.listen(options.port, options.ip);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, options: VendorServerOptions): Promise<void> {
  const call = await read(request);
  const fault = drawFault(options.faultsNow(), call, options.random);
  if (fault) call.fault = fault.kind;
  options.calls.push(call);
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'down') return void request.socket.destroy();
  if (fault?.kind === 'slow') await wait(fault.delayMs ?? 0, undefined, { ref: false });
  const refused = fault?.kind === 'error' || fault?.kind === 'throttled';
  const { status, body, headers } = refused ? options.refuse(fault) : await options.serve(call);
  call.status = status;
  if (fault?.kind === 'lost') return void request.socket.destroy();
  const content = headers?.['Content-Type'] === undefined ? JSON.stringify(body) : body;
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(content);
}

async function read(request: IncomingMessage): Promise<VendorCall> {
  const body = parse(await text(request));
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  return { method: request.method ?? 'GET', path, query: new URLSearchParams(query), headers: request.headers, body };
}

function parse(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
