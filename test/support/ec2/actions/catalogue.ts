import { AwsError } from '../aws-error.ts';
import { listOf, readTags, structuresOf } from '../http/parameters.ts';
import type { Region, Tags } from '../state.ts';
import { type Action, DONE } from './action.ts';
import { filterBy } from './filters.ts';
import { findSubnet } from './launch-request.ts';
import { page } from './paging.ts';
import { OWNER_ID } from './show-instance.ts';

export const describeSubnets: Action = ({ region, parameters }) => {
  const ids = listOf(parameters, 'SubnetId');
  const named = ids.length > 0 ? ids.map((subnetId) => findSubnet(region, subnetId)) : region.subnets;
  const subnets = filterBy(
    parameters,
    named.map((subnet) => ({ ...subnet, tags: new Map() })),
    {
      'subnet-id': (subnet) => [subnet.subnetId],
      'vpc-id': (subnet) => [subnet.vpcId],
      'availability-zone': (subnet) => [subnet.availabilityZone],
    },
  );
  const shown = page(parameters, subnets);
  return {
    subnetSet: shown.things.map(({ subnetId, vpcId, availabilityZone }) => ({
      subnetId,
      vpcId,
      availabilityZone,
      state: 'available',
      ownerId: OWNER_ID,
      cidrBlock: '10.0.0.0/16',
      availableIpAddressCount: 65_000,
      mapPublicIpOnLaunch: true,
      tagSet: [],
    })),
    nextToken: shown.nextToken,
  };
};

export const describeInstanceTypes: Action = ({ cloud, parameters }) => {
  const named = listOf(parameters, 'InstanceType');
  const unknown = named.filter((type) => !Object.hasOwn(cloud.vcpusByType, type));
  if (unknown.length > 0) {
    throw new AwsError(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  }
  const shown = page(parameters, named.length > 0 ? named : Object.keys(cloud.vcpusByType));
  return {
    instanceTypeSet: shown.things.map((instanceType) => ({
      instanceType,
      currentGeneration: true,
      vCpuInfo: { defaultVCpus: cloud.vcpusByType[instanceType] },
    })),
    nextToken: shown.nextToken,
  };
};

/** On instances, security groups and addresses. Tags of the same key are replaced. */
export const createTags: Action = ({ region, parameters }) => {
  const tagged = listOf(parameters, 'ResourceId').map((id) => findTags(region, id));
  const added = readTags(structuresOf(parameters, 'Tag'));
  for (const tags of tagged) {
    for (const [key, value] of added) tags.set(key, value);
  }
  return DONE;
};

function findTags(region: Region, id: string): Tags {
  const thing = region.instances.get(id) ?? region.groups.get(id) ?? region.addresses.get(id);
  if (!thing) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  return thing.tags;
}
