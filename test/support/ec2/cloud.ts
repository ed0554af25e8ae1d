import { AwsError } from './aws-error.ts';
import { USUAL_TYPES } from './instance-types.ts';
import type { Ec2Options, Timing } from './options.ts';
import { createRegions } from './regions.ts';
import { type AddressPool, createAddressPool } from './relay/listen.ts';
import { findStream, type UserDataReader } from './relay/user-data.ts';
import type { CapacityPlace, Instance, Region } from './state.ts';
import { createTimers, type Timers } from './timers.ts';

/** All that the stand-in remembers, and what its parts work with. */
export interface Cloud {
  regions: Map<string, Region>;
  vcpusByType: Record<string, number>;
  /** How many more launches fit somewhere; a place that isn't listed has room. */
  capacity: { place: CapacityPlace; room: number }[];
  timing: Timing;
  timers: Timers;
  addresses: AddressPool;
  readUserData: UserDataReader;
  now(): Date;
  /** For private addresses. */
  nextNumber(): number;
}

const DEFAULT_TIMING: Timing = {
  hiddenMs: 0,
  hiddenDescribes: 0,
  pendingMs: 10,
  shuttingDownMs: 10,
  vanishMs: 3_600_000,
  statsMs: 0,
  slsMs: 0,
  streamIdMs: 0,
};

export function createCloud(options: Ec2Options): Cloud {
  const { clock = { now: () => new Date() }, endpoints = process.platform === 'linux' } = options;
  let lastNumber = 0;
  return {
    regions: createRegions(options.regions),
    vcpusByType: { ...USUAL_TYPES, ...options.instanceTypes },
    capacity: [],
    timing: { ...DEFAULT_TIMING, ...options.timing },
    timers: createTimers(),
    addresses: createAddressPool(endpoints),
    readUserData: options.readUserData ?? findStream,
    now: () => clock.now(),
    nextNumber() {
      lastNumber += 1;
      return lastNumber;
    },
  };
}

/** @throws AwsError for an instance that isn't there, or that nothing knows yet. */
export function findInstance(region: Region, instanceId: string): Instance {
  const instance = region.instances.get(instanceId);
  if (!instance || !isVisible(instance)) throw notFound([instanceId]);
  return instance;
}

export function notFound(instanceIds: string[]): AwsError {
  const message =
    instanceIds.length === 1
      ? `The instance ID '${instanceIds[0]}' does not exist`
      : `The instance IDs '${instanceIds.join(', ')}' do not exist`;
  return new AwsError('InvalidInstanceID.NotFound', message);
}

/** Whether calls other than the one that launched it know an instance. */
export function isVisible(instance: Instance): boolean {
  return instance.known && instance.missesLeft === 0 && !instance.vanished;
}
