import type { Database } from '../../../../database/connect.ts';
import type { RegionCapacity } from '../provider.ts';
import { sumHosts } from './host-store.ts';

/** With fewer free places than this, or this part of all of them, there are few. */
const FEW_PLACES = 3;
const FEW_PART = 0.2;

/** The room at hosts that get new sessions, by region. One without such a host has none. */
export async function readCapacity(database: Database, regions: readonly string[]): Promise<RegionCapacity[]> {
  const sums = (await sumHosts(database)).filter(({ state, health }) => state === 'open' && health === 'healthy');
  return regions.map((region) => {
    const { places, taken } = sums.find((sum) => sum.region === region) ?? { places: 0, taken: 0 };
    const free = places - taken;
    const isFew = free < FEW_PLACES || free < places * FEW_PART;
    return { region, available: free === 0 ? 'none' : isFew ? 'few' : 'plenty' };
  });
}
