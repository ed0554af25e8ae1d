import type { Metrics } from './metrics.ts';

const FAILURES = ['capacity_unavailable', 'provision_timeout', 'provision_failed', 'instance_lost'];
const BILLING = [
  'gave_up',
  'seller_refused',
  'shapeless',
  'sync_failed',
  'unknown_subscription',
  'unknown_user',
  'unknown_variant',
];

/**
 * Tells rare events as 0 from the beginning: Prometheus sees no increase where a counter comes into being with its first
 * event, and the first is the one to be told of.
 */
export function startAtZero(metrics: Metrics, regions: readonly string[]): void {
  for (const region of regions) for (const code of FAILURES) metrics.provisionFailures.inc({ code, region }, 0);
  for (const reason of BILLING) metrics.billingAlerts.inc({ reason }, 0);
  for (const reason of ['unavailable', 'refused', 'other']) metrics.dnsFailures.inc({ reason }, 0);
  for (const reason of ['unavailable', 'refused']) metrics.databaseErrors.inc({ reason }, 0);
  for (const cause of ['lease_lapsed', 'ingest_lost']) {
    metrics.sessionTransitions.inc({ from: 'active', to: 'grace', cause }, 0);
  }
}
