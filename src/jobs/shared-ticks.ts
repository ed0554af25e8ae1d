import type { Database } from '../database/connect.ts';
import type { Metrics } from '../observability/metrics.ts';
import { shareTick } from './share-tick.ts';
import type { Tick } from './ticker.ts';
import type { Worker } from './worker.ts';

/**
 * How often the workers look for deadlines that have passed, in milliseconds. Two periods and the wait for the API's mark
 * must stay below the five seconds that a deadline may be late.
 */
export const DEADLINES_EVERY_MS = 750;
const DRAINS_EVERY_MS = 5_000;
const RECONCILE_EVERY_MS = 15_000;
const CLEANUP_EVERY_MS = 600_000;
const PLAN_DEADLINES_EVERY_MS = 10_000;
const SUBSCRIPTIONS_EVERY_MS = 10_000;

/** What the workers repeat together: each period's run is done by one of them. */
export function sharedTicks(
  database: Database,
  runs: Omit<Worker, 'stop'>,
  { fleetDifferences, fleetBlind }: Pick<Metrics, 'fleetDifferences' | 'fleetBlind'>,
): Tick[] {
  const share = (name: string, everyMs: number, run: () => Promise<unknown>, onElsewhere?: () => void): Tick =>
    shareTick(database, { name, everyMs, run: async () => void (await run()) }, onElsewhere);
  // Whoever does the run tells of it; what was found here before would be told for ever.
  const forget = (): void => {
    fleetDifferences.reset();
    fleetBlind.set(0);
  };
  return [
    share('deadlines', DEADLINES_EVERY_MS, runs.enforceDeadlines),
    share('drains', DRAINS_EVERY_MS, runs.endDrains),
    share('reconcile', RECONCILE_EVERY_MS, runs.reconcile, forget),
    share('cleanup', CLEANUP_EVERY_MS, runs.cleanUp),
    share('plan-deadlines', PLAN_DEADLINES_EVERY_MS, runs.enforcePlanDeadlines),
    share('subscriptions', SUBSCRIPTIONS_EVERY_MS, runs.reconcileSubscriptions),
  ];
}
