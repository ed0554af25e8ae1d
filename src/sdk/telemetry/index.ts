/** Telemetry of relays, links and outputs. */
export type { ObsClient } from '../obs-client.ts';
export { systemTimers, type Timers } from '../timers.ts';
export type { Freshness } from './freshness.ts';
export { type AddressLookup, CARRIERS, type CarrierTable, labelOf } from './labels.ts';
export type { LinkState, LinkTelemetryState } from './link-state.ts';
export {
  type ConnectionStats,
  type GroupStats,
  type PeerStats,
  parseLinkStats,
  parsePeerStats,
} from './link-stats.ts';
export { createLinkTelemetry, type LinkTelemetry, type LinkTelemetryOptions } from './link-telemetry.ts';
export type { ObsOutput } from './obs-answers.ts';
export type { OutputDescription } from './obs-output-meter.ts';
export {
  createObsOutputSource,
  type ObsOutputSource,
  type ObsOutputSourceOptions,
  type OutputSnapshot,
} from './obs-output-source.ts';
export {
  buildOutputModel,
  type OutputGroup,
  type OutputModel,
  type OutputState,
  type OutputStatus,
  outputStatusOf,
} from './output-model.ts';
export { type OutputTelemetry, parseOutputs } from './outputs.ts';
export { type TelemetrySources, telemetrySourcesOf } from './relay-sources.ts';
export { type PublisherStats, parseSlsStats } from './sls-stats.ts';
export { createSlsTelemetry, type PublisherState, type SlsTelemetry, type SlsTelemetryState } from './sls-telemetry.ts';
export type { Observable } from './store.ts';
export {
  createTelemetryPoller,
  type TelemetryPoller,
  type TelemetryPollerOptions,
  type TelemetrySnapshot,
} from './telemetry-poller.ts';
