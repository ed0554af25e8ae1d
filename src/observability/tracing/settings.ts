/** By OpenTelemetry's names (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Where traces go, and which. */
export interface TracingSettings {
  /** Base address of the collector; traces go to `/v1/traces` below it. */
  endpoint: string;
  /** Sent along with each export. */
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  sampler: (typeof SAMPLERS)[number];
  /** Share of traces that are kept by a `traceidratio` sampler, 0 to 1. */
  samplerArg: number;
}
