import type { StatementWatch } from '../../database/connect.ts';

/** Values that tell of the work, none of a person and no secret. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** Default: a step within this process. */
  kind?: 'server' | 'client' | 'consumer';
  /** W3C `traceparent` of the span that this one belongs under; default: the one that is open. */
  parent?: string | undefined;
  /** W3C `traceparent` of a span that this one has to do with, but is not part of. */
  link?: string | undefined;
  attributes?: SpanAttributes;
}

/** A span while its work goes on. */
export interface OpenSpan {
  /** W3C `traceparent` that names it. */
  readonly traceparent: string;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** Marks it as failed. */
  fail(reason: string): void;
}

/** Records what is done, for a collector of OpenTelemetry. Undefined where nothing is recorded. */
export interface Tracer {
  /** Does work within a span; an error marks it as failed, by the error's name alone, and is passed on. */
  span<T>(name: string, options: SpanOptions, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** A span for each statement of a pool that is sent within another span. */
  watchStatements: StatementWatch;
  /** Sends what is left, for at most some seconds, and ends. */
  stop(): Promise<void>;
}

/** Does work within a span, or just does it where nothing is recorded. */
export function inSpan<T>(
  tracer: Tracer | undefined,
  name: string,
  options: SpanOptions,
  work: (span?: OpenSpan) => Promise<T>,
): Promise<T> {
  return tracer ? tracer.span(name, options, work) : work();
}
