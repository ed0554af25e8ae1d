import type { Clock } from '../../../../clock.ts';
import type { Logger } from '../../../../observability/logger.ts';
import type { InstanceDescription, InstanceRef, RelayProvider } from '../provider.ts';
import { createBringUp } from './bring-up.ts';
import { createCapacity } from './capacity.ts';
import { type AwsAccess, createClients } from './clients.ts';
import { isNew, notVisibleYet, toDescription } from './description.ts';
import { listInstances } from './find.ts';
import type { Fleet, FleetRegion } from './fleet-file.ts';
import { launch } from './launch.ts';
import { createLookUp, createVpcLookUp } from './look-up.ts';
import type { AwsParts } from './parts.ts';
import { createRoomMarks } from './room-marks.ts';
import { takeDown } from './take-down.ts';
import { tidy } from './tidy.ts';

export interface AwsProviderOptions {
  fleet: Fleet;
  /** Where relays can be asked for, in the order in which regions stand in for one another. Each is in the fleet. */
  regions: readonly string[];
  access: AwsAccess;
  clock: Clock;
  logger: Logger;
}

const POLL_INTERVAL_MS = 1_000;
/** Instance, packages and containers, as seen with small instances. */
const USUAL_START_SECONDS = 75;

/** Relays that are EC2 instances, one for each. */
export function createAwsProvider({ fleet, regions, access, clock, logger }: AwsProviderOptions): RelayProvider {
  const clients = createClients(access);
  const parts: AwsParts = {
    clients,
    fleet,
    regions,
    clock,
    logger,
    lookUp: createLookUp(clients),
    vpcOf: createVpcLookUp(clients),
    marks: createRoomMarks(clock),
  };

  async function describe(ref: InstanceRef): Promise<InstanceDescription | null> {
    const instance = await parts.lookUp(ref.region, ref.instanceId);
    if (instance) return toDescription(instance, ref.region);
    return isNew(ref, clock) ? notVisibleYet(ref) : null;
  }

  return {
    name: 'aws',
    pollIntervalMs: POLL_INTERVAL_MS,
    usualStartSeconds: USUAL_START_SECONDS,
    provision: (request, placement) => launch(parts, request, placement),
    bringUp: createBringUp(parts, describe),
    describe,
    deprovision: (ref) => takeDown(parts, ref),
    list: (deployment) => listInstances(parts, deployment),
    capacity: createCapacity(parts),
    images: () =>
      regions.map((region) => ({
        region,
        amiId: (fleet.regions.get(region) as FleetRegion).ami,
        instanceType: fleet.instanceTypes[0] as string,
      })),
    tidy: (request) => tidy(parts, request),
    close: async () => clients.close(),
  };
}
