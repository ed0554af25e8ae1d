import { type Instance, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  CapacityUnavailableError,
  type InstanceDescription,
  type Placement,
  ProviderRejectedError,
  type ProvisionRequest,
} from '../provider.ts';
import { isOver, toDescription } from './description.ts';
import { codeOf, refusalOf } from './errors.ts';
import { findByToken } from './find.ts';
import type { FleetRegion } from './fleet-file.ts';
import type { AwsParts } from './parts.ts';
import { clientTokenOf, type Place, placesIn, regionOf } from './places.ts';
import { deleteStatsGroups, ensureStatsGroup } from './stats-group.ts';
import { TAG, tagsAtLaunch } from './tags.ts';
import { renderUserData } from './user-data.ts';

/**
 * Launches an instance at the first place that has room. A run that was cut short goes on at the place that it noted
 * last, with the same client token: if that made an instance, EC2 answers it again.
 *
 * @throws CapacityUnavailableError when no place has room; ProviderRejectedError; any other error when it isn't known
 *   what came of it.
 */
export async function launch(
  parts: AwsParts,
  request: ProvisionRequest,
  placement: Placement,
): Promise<InstanceDescription> {
  const places = placesFor(parts, request);
  const last = places.findIndex(({ name }) => name === placement.last);
  if (placement.last !== null && last < 0) {
    const made = await findAnywhere(parts, request.token, placement.last);
    if (made) return made;
  }
  for (let index = Math.max(last, 0); index < places.length; ) {
    const place = places[index] as Place;
    await placement.note(place.name);
    const outcome = await launchAt(parts, request, place);
    if (typeof outcome === 'object') {
      parts.marks.noteRoom(place);
      // EC2 answers what the token made before; the group of one that has ended was made anew in vain.
      if (isOver(outcome)) await leaveRegion(parts, request, place.region);
      return toDescription(outcome, place.region);
    }
    const next = outcome === 'next-place' ? index + 1 : endOfRegion(places, place.region);
    parts.marks.noteFull(places.slice(index, next));
    index = next;
    if (places[index]?.region !== place.region) await leaveRegion(parts, request, place.region);
  }
  throw new CapacityUnavailableError(`no room for a relay in ${[...new Set(places.map((p) => p.region))].join(', ')}`);
}

function placesFor({ fleet, regions }: AwsParts, { region, anyRegion }: ProvisionRequest): Place[] {
  if (!fleet.regions.has(region)) throw new ProviderRejectedError(`unknown region ${region}`);
  const others = anyRegion ? regions.filter((other) => other !== region) : [];
  return placesIn(fleet, [region, ...others]);
}

/** The index behind the last place of a region. */
function endOfRegion(places: readonly Place[], region: string): number {
  return places.findLastIndex((place) => place.region === region) + 1;
}

/** For a place that is no longer configured. */
async function findAnywhere(parts: AwsParts, token: string, placeName: string): Promise<InstanceDescription | null> {
  const regions = new Set([regionOf(placeName), ...parts.fleet.regions.keys()]);
  for (const region of regions) {
    const instance = await findByToken(parts, region, token);
    if (instance) return toDescription(instance, region);
  }
  return null;
}

/** One try. What it throws isn't known to be final, or is a ProviderRejectedError. */
async function launchAt(
  parts: AwsParts,
  request: ProvisionRequest,
  place: Place,
): Promise<Instance | 'next-place' | 'next-region'> {
  try {
    const vpcId = await parts.vpcOf(place.region, place.subnet);
    const groupId = await ensureStatsGroup(parts, place.region, vpcId, request);
    return await runInstance(parts, request, place, groupId);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'IdempotentParameterMismatch') return await findMade(parts, request, place, error);
    const refusal = refusalOf(error);
    const about = { session_id: request.sessionId, place: place.name, code };
    if (refusal === 'unclear') throw error;
    if (refusal !== 'final') {
      parts.logger.warn(about, 'aws_no_room');
      return refusal;
    }
    parts.logger.error(about, 'aws_rejected');
    if (error instanceof ProviderRejectedError) throw error;
    throw new ProviderRejectedError(`EC2 refuses launches at ${place.name}: ${code}`);
  }
}

async function runInstance(
  { clients, fleet }: AwsParts,
  request: ProvisionRequest,
  place: Place,
  statsGroupId: string,
): Promise<Instance> {
  const { ami, securityGroup } = fleet.regions.get(place.region) as FleetRegion;
  const command = new RunInstancesCommand({
    ClientToken: clientTokenOf(request.token, place),
    MinCount: 1,
    MaxCount: 1,
    ImageId: ami,
    InstanceType: place.instanceType as never,
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: place.subnet,
        AssociatePublicIpAddress: true,
        DeleteOnTermination: true,
        Groups: [securityGroup, statsGroupId],
      },
    ],
    InstanceInitiatedShutdownBehavior: 'terminate',
    // One hop: containers cannot reach the metadata, which hold the user data.
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    TagSpecifications: tagsAtLaunch(['instance', 'volume'], {
      [TAG.deployment]: request.deployment,
      [TAG.session]: request.sessionId,
      [TAG.token]: request.token,
      [TAG.user]: request.userId,
      Name: `telemy-${request.sessionId}`,
    }),
    UserData: Buffer.from(renderUserData(request, fleet.images)).toString('base64'),
  });
  const { Instances = [] } = await clients.ec2(place.region).send(command);
  if (!Instances[0]) throw new Error('EC2 answered a launch without an instance.');
  return Instances[0];
}

/** The configuration has changed since the token's first use; if that made an instance, it is the one. */
async function findMade(parts: AwsParts, request: ProvisionRequest, place: Place, error: unknown): Promise<Instance> {
  const instance = await findByToken(parts, place.region, request.token);
  if (!instance) throw error;
  return instance;
}

/** Nothing comes of this region. What is left behind is found by `tidy`. */
async function leaveRegion(parts: AwsParts, { sessionId }: ProvisionRequest, region: string): Promise<void> {
  await deleteStatsGroups(parts, region, sessionId).catch((err: unknown) =>
    parts.logger.warn({ session_id: sessionId, region, code: codeOf(err) }, 'aws_group_left'),
  );
}
