import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';

/** What undici, which `fetch` is made of, tells of a request. */
interface FetchRequest {
  method: string;
  origin: string | URL;
}

/**
 * Makes a span of each HTTP request to others (EC2, hosts of a pool, LemonSqueezy, Cloudflare, the identity provider) that
 * is sent within another span. Paths are left out: some hold keys.
 *
 * @param collector host and port that exports go to, which are no work of ours.
 * @returns the way to end it.
 */
export function watchOutgoing(tracer: Tracer, collector: string): () => void {
  const spans = new WeakMap<object, Span>();

  const begin = (request: object, method: string, url: URL): void => {
    if (url.host === collector || !trace.getActiveSpan()?.isRecording()) return;
    const attributes = {
      'http.request.method': method,
      'server.address': url.hostname,
      ...(url.port === '' ? {} : { 'server.port': Number(url.port) }),
    };
    spans.set(request, tracer.startSpan(`${method} ${url.hostname}`, { kind: SpanKind.CLIENT, attributes }));
  };
  const end = (request: object, status: number | undefined, error?: Error): void => {
    const span = spans.get(request);
    if (!span) return;
    spans.delete(request);
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    if (error) span.setAttribute('error.type', error.name);
    if (error || (status ?? 0) >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };

  const channels: [string, (message: unknown) => void][] = [
    [
      'undici:request:create',
      (message) => {
        const { request } = message as { request: FetchRequest };
        begin(request, request.method, new URL(request.origin));
      },
    ],
    [
      'undici:request:headers',
      (message) => {
        const { request, response } = message as { request: object; response: { statusCode: number } };
        end(request, response.statusCode);
      },
    ],
    [
      'undici:request:error',
      (message) => {
        const { request, error } = message as { request: object; error: Error };
        end(request, undefined, error);
      },
    ],
    [
      'http.client.request.start',
      (message) => {
        const { request } = message as { request: ClientRequest };
        begin(request, request.method, new URL(`${request.protocol}//${request.getHeader('host') ?? request.host}`));
      },
    ],
    [
      'http.client.response.finish',
      (message) => {
        const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
        end(request, response.statusCode);
      },
    ],
    [
      'http.client.request.error',
      (message) => {
        const { request, error } = message as { request: ClientRequest; error: Error };
        end(request, undefined, error);
      },
    ],
  ];
  for (const [name, hear] of channels) subscribe(name, hear);
  return () => {
    for (const [name, hear] of channels) unsubscribe(name, hear);
  };
}
