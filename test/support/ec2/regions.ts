import { AwsError } from './aws-error.ts';
import { idFor } from './ids.ts';
import type { Ec2Options, RegionOptions } from './options.ts';
import type { Region, SecurityGroup } from './state.ts';

const DEFAULT_QUOTAS = { vcpus: 2000, instances: Number.POSITIVE_INFINITY, addresses: 5, rulesPerGroup: 60 };

/** All regions as they are at first, by name. */
export function createRegions(regions: Ec2Options['regions'] = ['us-east-1', 'eu-west-1']): Map<string, Region> {
  const entries: [string, RegionOptions][] = Array.isArray(regions)
    ? regions.map((name) => [name, {}])
    : Object.entries(regions);
  return new Map(entries.map(([name, options]) => [name, createRegion(name, options)]));
}

function createRegion(name: string, options: RegionOptions): Region {
  const vpcId = idFor('vpc', name);
  const subnets = options.subnets ?? ['a', 'b'].map((zone) => ({ ...subnetIn(`${name}${zone}`), vpcId }));
  const vpcIds = new Set(subnets.map((subnet) => subnet.vpcId));
  const groups = [...vpcIds].map((vpc) => defaultGroup(name, vpc));
  return {
    name,
    subnets,
    imageIds: options.imageIds ?? [idFor('ami', name)],
    quotas: { ...DEFAULT_QUOTAS, ...options.quotas },
    instances: new Map(),
    launches: new Map(),
    groups: new Map(groups.map((group) => [group.groupId, group])),
    addresses: new Map(),
  };
}

function subnetIn(availabilityZone: string) {
  return { subnetId: idFor('subnet', availabilityZone), availabilityZone };
}

/** The group that every VPC has. Its rule for its own members is left out, for nothing here sends between instances. */
function defaultGroup(region: string, vpcId: string): SecurityGroup {
  return {
    groupId: idFor('sg', vpcId),
    groupName: 'default',
    description: 'default VPC security group',
    vpcId,
    region,
    tags: new Map(),
    rules: [],
  };
}

/** @throws AwsError for a group that isn't there. */
export function findGroup(region: Region, groupId: string): SecurityGroup {
  const group = region.groups.get(groupId);
  if (!group) throw new AwsError('InvalidGroup.NotFound', `The security group '${groupId}' does not exist`);
  return group;
}
