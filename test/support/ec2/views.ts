import type { Stream } from './relay/relay.ts';
import { type Address, type Instance, publicIpOf, type Region, type SecurityGroup } from './state.ts';

/** An instance at one moment. */
export type Ec2Instance = Pick<
  Instance,
  | 'clientToken'
  | 'groupIds'
  | 'imageId'
  | 'instanceId'
  | 'instanceType'
  | 'launchTime'
  | 'privateIp'
  | 'region'
  | 'state'
  | 'subnet'
  | 'userData'
> & {
  tags: Record<string, string>;
  publicIp: string | undefined;
  /** What its SRT server knows, whether that answers or not. */
  streams: Stream[];
};

/** An Elastic IP at one moment. */
export interface Ec2Address {
  allocationId: string;
  region: string;
  publicIp: string;
  tags: Record<string, string>;
  /** Of the instance that it is associated with. */
  instanceId: string | undefined;
}

/** A security group at one moment. */
export type Ec2Group = Omit<SecurityGroup, 'tags'> & { tags: Record<string, string> };

/** What a test sees of an instance now. */
export function showInstance(region: Region, instance: Instance): Ec2Instance {
  const { clientToken, groupIds, imageId, instanceId, instanceType, launchTime, privateIp, state, subnet, userData } =
    instance;
  return {
    clientToken,
    groupIds,
    imageId,
    instanceId,
    instanceType,
    launchTime,
    privateIp,
    region: region.name,
    state,
    subnet,
    userData,
    tags: Object.fromEntries(instance.tags),
    publicIp: publicIpOf(region, instance),
    streams: [...instance.relay.streams.values()],
  };
}

/** What a test sees of an address now. */
export function showAddress(address: Address): Ec2Address {
  const { allocationId, region, publicIp, tags, association } = address;
  return {
    allocationId,
    region,
    publicIp,
    tags: Object.fromEntries(tags),
    instanceId: association?.instance.instanceId,
  };
}

/** What a test sees of a security group now. */
export function showGroup(group: SecurityGroup): Ec2Group {
  return { ...group, rules: [...group.rules], tags: Object.fromEntries(group.tags) };
}
