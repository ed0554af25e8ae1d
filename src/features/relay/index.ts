export { type AliveMarks, createAliveMarks, type Role } from './alive-marks.ts';
export { type CapacityCache, type CapacityReading, createCapacityCache, type RegionRoom } from './capacity-cache.ts';
export { enforceDeadlines } from './deadline-job.ts';
export { deprovisionSession } from './deprovision-job.ts';
export { createCloudflare } from './dns-client.ts';
export { publishName } from './dns-job.ts';
export { createRelayHandlers, type RelayHandlerDeps } from './handlers.ts';
export { createLeaseRenewal } from './heartbeat-store.ts';
export { findBoundKey } from './idempotency-store.ts';
export { type LaunchFigures, readLaunchFigures } from './launch-figures.ts';
export { createLaunchNews, LAUNCH_CHANNEL } from './launch-news.ts';
export { createLaunchSteps } from './launch-steps.ts';
export {
  carriedOn,
  importLegacyInstance,
  importLegacyKey,
  importLegacyManifest,
  importLegacySessions,
  pauseForTakeOver,
  TAKE_OVER,
} from './legacy-import.ts';
export type { LegacyRelay } from './legacy-session.ts';
export { type RelayDeps, SESSION_CHANNEL } from './lifecycle.ts';
export { createSessionWatch } from './long-poll.ts';
export { publishManifest } from './manifest-store.ts';
export { openInterval } from './metering.ts';
export { endDrains, migrateSession } from './migrate-job.ts';
export { provisionSession } from './provision-job.ts';
export { reconcile } from './reconcile-job.ts';
export { deriveRelayKey, verifyRelayKey } from './relay-key.ts';
export type { RelaySession } from './session.ts';
export { settle } from './session-change.ts';
export { coveredUntil } from './session-queries.ts';
export { type SessionRow, toSession } from './session-row.ts';
export { watchMeters } from './stalled-job.ts';
export { KEY_TTL_SECONDS } from './start-service.ts';
export { stopUnentitled } from './stop-all.ts';
