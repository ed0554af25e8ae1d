import { addSeconds } from '../../clock.ts';
import type { RelayDeps } from './lifecycle.ts';
import { countStalledMeters } from './session-store.ts';

/** A session whose bill stands still for this long, in seconds, deserves a look. */
export const STALLED_SECONDS = 300;

/**
 * Tells the metrics how many sessions should have been billed lately and were not: a relay that went silent while its
 * owner's plugin kept the session, or a fault of ours.
 *
 * @returns how many.
 */
export async function watchMeters(deps: Pick<RelayDeps, 'database' | 'clock' | 'metrics'>): Promise<number> {
  const stalled = await countStalledMeters(deps.database, addSeconds(deps.clock.now(), -STALLED_SECONDS));
  deps.metrics.stalledSessions.set(stalled);
  return stalled;
}
