import type { SpanExporter } from '@opentelemetry/sdk-trace-node';

/** The same exporter, which tells of each export that failed: the SDK would drop the spans without a word. */
export function countFailures(exporter: SpanExporter, onFailure: (error: Error | undefined) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0) onFailure(result.error);
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
