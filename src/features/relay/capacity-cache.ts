import type { Clock } from '../../clock.ts';
import type { Logger } from '../../observability/logger.ts';
import type { RegionCapacity, RelayProvider } from './providers/provider.ts';

/** What the provider last said of its capacity. */
export interface CapacityCache {
  /** Whether any region has room. True while nothing is known: a launch will find out. */
  hasAny(): Promise<boolean>;
  /** The same for one region. */
  hasIn(region: string): Promise<boolean>;
  readonly retryAfterSeconds: number;
}

const FRESH_MS = 15_000;
/** A start must not wait for a provider that is slow to tell. */
const PATIENCE_MS = 1_000;

/** Asks the provider at most every 15 seconds, and once for all who wait. */
export function createCapacityCache(provider: RelayProvider, clock: Clock, logger: Logger): CapacityCache {
  let known: RegionCapacity[] | undefined;
  let askedAt = 0;
  let asking: Promise<void> | undefined;

  const ask = (): Promise<void> => {
    asking ??= provider
      .capacity()
      .then(
        (answer) => {
          known = answer;
        },
        (err) => logger.warn({ err }, 'capacity_unknown'),
      )
      .finally(() => {
        askedAt = clock.now().getTime();
        asking = undefined;
      });
    return asking;
  };

  return {
    retryAfterSeconds: 30,
    hasAny: () => knows(isFull),
    hasIn: (region) => knows((regions) => regions.some((one) => one.region === region && one.available === 'none')),
  };

  async function knows(isFull: (regions: RegionCapacity[]) => boolean): Promise<boolean> {
    const stale = Math.abs(clock.now().getTime() - askedAt) >= FRESH_MS;
    // While there is room the last answer will do; the new one is for the next start.
    if (stale) {
      const answer = ask();
      if (!known || isFull(known)) await Promise.race([answer, new Promise((r) => setTimeout(r, PATIENCE_MS).unref())]);
    }
    return !known || !isFull(known);
  }
}

function isFull(regions: RegionCapacity[]): boolean {
  return regions.every((region) => region.available === 'none');
}
