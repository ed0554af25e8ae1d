import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A span as it was sent, as far as tests look at it. */
export interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
  links: { traceId: string }[];
  /** 2: failed. */
  status: number | undefined;
}

/** Stands in for a collector that speaks OTLP over HTTP in JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
export interface TraceCollector {
  url: string;
  spans: SentSpan[];
  /** What was sent, word for word. */
  bodies: string[];
  headers: NodeJS.Dict<string | string[]>[];
  serviceNames: Set<unknown>;
  /** `fail`: answers 400; `hang`: never answers. */
  mood: 'take' | 'fail' | 'hang';
  close(): Promise<void>;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<SentSpan, 'attributes' | 'status'> & { attributes: Attribute[]; status?: { code?: number } })[];
    }[];
  }[];
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const server: Server = createServer(async (request, response) => {
    const body = await text(request);
    collector.headers.push(request.headers);
    if (collector.mood === 'hang') return;
    if (collector.mood === 'fail') {
      response.writeHead(400).end();
      return;
    }
    collector.bodies.push(body);
    for (const { resource, scopeSpans } of (JSON.parse(body) as Export).resourceSpans) {
      collector.serviceNames.add(toValues(resource.attributes)['service.name']);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        const { status, attributes } = span;
        collector.spans.push({ ...span, attributes: toValues(attributes), status: status?.code });
      }
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  });
  const collector: TraceCollector = {
    url: '',
    spans: [],
    bodies: [],
    headers: [],
    serviceNames: new Set(),
    mood: 'take',
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return collector;
}

function toValues(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
