import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Metrics } from '../../observability/metrics.ts';
import type { RegionCapacity, RelayProvider } from './providers/provider.ts';

/** What is known of one region's room. `unknown`: the provider has said nothing of it. */
export type RegionRoom = RegionCapacity['available'] | 'unknown';

/** What is known at present. */
export interface CapacityReading {
  /** Every supported region, in the order of the configuration. */
  rooms: ReadonlyMap<string, RegionRoom>;
  /** When the provider said so; null: it never has. */
  toldAt: Date | null;
}

/** What the provider last said of its capacity. */
export interface CapacityCache {
  /** Whether any region has room. True while nothing is known: a launch will find out. */
  hasAny(): Promise<boolean>;
  /** The same for one region. */
  hasIn(region: string): Promise<boolean>;
  /** Number of the present window, in which the provider is asked once; asks it if the window has just begun. */
  enterWindow(): number;
  /** What is known once the provider has answered in the present window, or hasn't for too long. */
  read(): Promise<CapacityReading>;
  /** When it is worth to ask for a relay again that there was no room for, in seconds. */
  readonly retryAfterSeconds: number;
}

export interface CapacityCacheOptions {
  provider: Pick<RelayProvider, 'capacity'>;
  /** Those that relays can be asked for in. */
  regions: readonly string[];
  clock: Clock;
  logger: Logger;
  metrics?: Pick<Metrics, 'capacityRoom' | 'capacityFailures'>;
  /** How long anyone waits for the provider, in real milliseconds. */
  patienceMs?: number;
  /** How long an answer may take to be of use, in real milliseconds; shorter than a window. */
  limitMs?: number;
}

/** How long what the provider said counts, in milliseconds. */
export const WINDOW_MS = 15_000;
/** A start must not wait for a provider that is slow to tell. */
const PATIENCE_MS = 1_000;
const LIMIT_MS = 10_000;
const ROOMS: readonly RegionRoom[] = ['plenty', 'few', 'none', 'unknown'];

/**
 * Asks the provider at most once in 15 seconds, for all who wait. One that fails or never answers leaves what was known.
 */
export function createCapacityCache(options: CapacityCacheOptions): CapacityCache {
  const { provider, regions, clock, logger, metrics, patienceMs = PATIENCE_MS, limitMs = LIMIT_MS } = options;
  let rooms = roomsIn(regions, []);
  let toldAt: Date | null = null;
  let window = 0;
  let startedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    const limit = new AbortController();
    try {
      const late = sleep(limitMs, undefined, { signal: limit.signal, ref: false }).then(() => {
        throw new Error(`The provider did not tell its capacity within ${limitMs} ms.`);
      });
      // One that throws before it has promised anything must not leave `late` to fail unheard.
      const telling = (async () => provider.capacity())();
      const told = await Promise.race([telling, late]);
      rooms = roomsIn(regions, told);
      toldAt = clock.now();
      for (const [region, present] of rooms) {
        for (const room of ROOMS) metrics?.capacityRoom.set({ region, room }, room === present ? 1 : 0);
      }
    } catch (err) {
      metrics?.capacityFailures.inc();
      logger.warn({ err }, 'capacity_unknown');
    } finally {
      limit.abort();
    }
  };

  const enterWindow = (): number => {
    const now = clock.now().getTime();
    // The clock may have been moved back.
    if (Math.abs(now - startedAt) >= WINDOW_MS && !asking) {
      window += 1;
      startedAt = now;
      asking = ask().finally(() => {
        asking = undefined;
      });
    }
    return window;
  };

  const untilTold = async (): Promise<void> => {
    enterWindow();
    if (asking) await Promise.race([asking, sleep(patienceMs, undefined, { ref: false })]);
  };

  /** While there is room the last answer will do; the new one is for the next start. */
  const knows = async (hasRoom: () => boolean): Promise<boolean> => {
    enterWindow();
    if (toldAt === null || !hasRoom()) await untilTold();
    return hasRoom();
  };

  return {
    retryAfterSeconds: 30,
    hasAny: () => knows(() => [...rooms.values()].some((room) => room !== 'none')),
    hasIn: (region) => knows(() => rooms.get(region) !== 'none'),
    enterWindow,
    async read() {
      await untilTold();
      return { rooms, toldAt };
    },
  };
}

function roomsIn(regions: readonly string[], told: readonly RegionCapacity[]): ReadonlyMap<string, RegionRoom> {
  return new Map(
    regions.map((region) => [region, told.find((one) => one.region === region)?.available ?? 'unknown'] as const),
  );
}
