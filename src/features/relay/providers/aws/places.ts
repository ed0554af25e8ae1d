import { createHash } from 'node:crypto';
import type { Fleet, FleetRegion } from './fleet-file.ts';

/** One place where a launch can be tried. */
export interface Place {
  /** As it is kept between runs: `region/type/subnet`. */
  name: string;
  region: string;
  instanceType: string;
  subnet: string;
}

/** Longest client token that EC2 takes, in characters. */
const LONGEST_TOKEN = 64;

/**
 * Where to try a launch, in order: in each region each type in every subnet, for the next zone is nearer to what was
 * wanted than the next type, and that nearer than the next region.
 *
 * @param regions in the order in which they are tried.
 */
export function placesIn(fleet: Fleet, regions: readonly string[]): Place[] {
  return regions.flatMap((region) =>
    fleet.instanceTypes.flatMap((instanceType) =>
      (fleet.regions.get(region) as FleetRegion).subnets.map((subnet) => ({
        name: `${region}/${instanceType}/${subnet}`,
        region,
        instanceType,
        subnet,
      })),
    ),
  );
}

/** The region of a place by its name, which may be one that is no longer configured. */
export function regionOf(placeName: string): string {
  return placeName.split('/', 1)[0] as string;
}

/**
 * EC2's token for a launch at one place. It goes by the place and not by its number, which may be another's once the
 * configuration has changed.
 */
export function clientTokenOf(token: string, place: Place): string {
  const digest = createHash('sha256').update(`${token} ${place.name}`).digest('hex');
  const readable = `${token}:${digest.slice(0, 8)}`;
  return readable.length <= LONGEST_TOKEN ? readable : digest.slice(0, LONGEST_TOKEN);
}
