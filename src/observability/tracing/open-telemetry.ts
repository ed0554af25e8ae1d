import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { firstWordOf } from '../watch-database.ts';
import { enableContexts } from './contexts.ts';
import { countFailures } from './count-failures.ts';
import { watchOutgoing } from './outgoing.ts';
import { toSampler } from './samplers.ts';
import type { TracingSettings } from './settings.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import type { OpenSpan, SpanOptions, Tracer } from './tracer.ts';

export interface TracerOptions extends TracingSettings {
  version: string;
  /** Told of each export that failed; its spans are lost. */
  onFailure(error: Error | undefined): void;
}

/** Longest that one export may take, and that the end waits for the last, in milliseconds. */
const EXPORT_MS = 5_000;
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER };

/** Starts recording. Exports go on beside the work; what cannot be sent in time is dropped. */
export function startTracer(options: TracerOptions): Tracer {
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint}/v1/traces`,
    headers: { ...options.headers },
    timeoutMillis: EXPORT_MS,
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: options.serviceName,
      [ATTR_SERVICE_VERSION]: options.version,
    }),
    sampler: toSampler(options),
    spanProcessors: [
      new BatchSpanProcessor(countFailures(exporter, options.onFailure), {
        scheduledDelayMillis: 2_000,
        exportTimeoutMillis: EXPORT_MS,
      }),
    ],
  });
  const disableContexts = enableContexts(provider);
  const tracer = provider.getTracer('telemy');
  const unwatch = watchOutgoing(tracer, new URL(options.endpoint).host);

  return {
    span(name, spanOptions, work) {
      const parent = parentOf(spanOptions);
      const span = tracer.startSpan(name, toOptions(spanOptions), parent);
      return context.with(trace.setSpan(parent, span), async () => {
        try {
          return await work(toOpen(span));
        } catch (error) {
          failSpan(span, error instanceof Error ? error.name : 'Error');
          throw error;
        } finally {
          span.end();
        }
      });
    },

    watchStatements(sql) {
      if (!trace.getActiveSpan()?.isRecording()) return () => {};
      const operation = firstWordOf(sql).toUpperCase() || 'QUERY';
      const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': operation };
      const span = tracer.startSpan(`db ${operation}`, { kind: SpanKind.CLIENT, attributes });
      return (error) => {
        if (error) failSpan(span, (error as { code?: string }).code ?? error.name);
        span.end();
      };
    },

    async stop() {
      unwatch();
      const late = new Promise<void>((resolve) => setTimeout(resolve, EXPORT_MS).unref());
      // A collector that is away must not keep the process from its end.
      await Promise.race([provider.shutdown().catch(options.onFailure), late]);
      disableContexts();
    },
  };
}

function parentOf({ parent, kind }: SpanOptions): Context {
  const told = parseTraceparent(parent);
  if (told) return trace.setSpanContext(ROOT_CONTEXT, told);
  return kind === 'server' || kind === 'consumer' ? ROOT_CONTEXT : context.active();
}

function toOptions({ kind, link, attributes }: SpanOptions) {
  const linked = parseTraceparent(link);
  return {
    kind: kind ? KINDS[kind] : SpanKind.INTERNAL,
    attributes: (attributes ?? {}) as Attributes,
    ...(linked ? { links: [{ context: linked }] } : {}),
  };
}

function toOpen(span: Span): OpenSpan {
  return {
    traceparent: formatTraceparent(span.spanContext()),
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributes as Attributes),
    fail: (reason) => failSpan(span, reason),
  };
}

/** The words of an error may hold what was sent: only its name is told. */
function failSpan(span: Span, reason: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', reason);
}
