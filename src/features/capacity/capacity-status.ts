import type { CapacityReading, LaunchFigures, RegionRoom } from '../relay/index.ts';

export type CapacityLevel = 'available' | 'limited' | 'full';

export interface RegionCapacity {
  region: string;
  level: CapacityLevel;
  /** From a start to the active relay, in whole seconds, at least 1. */
  expectedStartSeconds: number;
}

/** The room for relays, as everyone may see it. */
export interface CapacityStatus {
  level: CapacityLevel;
  regions: readonly RegionCapacity[];
  /** When the provider last told its room; where it never has, when this was put together. */
  updatedAt: Date;
}

/** Where nothing is known a start may well work, which is no more than `limited` promises. */
const LEVELS: Record<RegionRoom, CapacityLevel> = {
  plenty: 'available',
  few: 'limited',
  unknown: 'limited',
  none: 'full',
};

/** A launch is late once it takes so many times what is expected, and so many seconds. */
const LATE_FACTOR = 2;
const LATE_SECONDS = 30;

/**
 * Puts together what the provider says with what its launches really do.
 *
 * @param usualStartSeconds where no launch was measured.
 */
export function toCapacityStatus(
  reading: CapacityReading,
  figures: ReadonlyMap<string, LaunchFigures>,
  usualStartSeconds: number,
  now: Date,
): CapacityStatus {
  const regions = [...reading.rooms].map(([region, room]): RegionCapacity => {
    const { medianSeconds = null, oldestLaunchAt = null } = figures.get(region) ?? {};
    const expectedStartSeconds = Math.max(1, Math.ceil(medianSeconds ?? usualStartSeconds));
    const level = LEVELS[room];
    const isLate = level === 'available' && isLateLaunch(oldestLaunchAt, expectedStartSeconds, now);
    return { region, level: isLate ? 'limited' : level, expectedStartSeconds };
  });
  return { level: overall(regions.map(({ level }) => level)), regions, updatedAt: reading.toldAt ?? now };
}

/** A launch that hangs shows what the provider's own figures don't: quotas are not machines. */
function isLateLaunch(startedAt: Date | null, expectedSeconds: number, now: Date): boolean {
  const patience = Math.max(LATE_SECONDS, LATE_FACTOR * expectedSeconds);
  return startedAt !== null && now.getTime() - startedAt.getTime() > patience * 1000;
}

function overall(levels: readonly CapacityLevel[]): CapacityLevel {
  if (levels.every((level) => level === 'full')) return 'full';
  return levels.includes('available') ? 'available' : 'limited';
}
