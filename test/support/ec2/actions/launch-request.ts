import { AwsError, refuseParameter } from '../aws-error.ts';
import { listOf, required, structuresOf, tagsFor } from '../http/parameters.ts';
import type { Subnet } from '../options.ts';
import { findGroup } from '../regions.ts';
import type { Region, Tags } from '../state.ts';
import type { Call } from './action.ts';

export interface LaunchRequest {
  clientToken: string | undefined;
  imageId: string;
  instanceType: string;
  subnet: Subnet;
  groupIds: string[];
  wantsPublicIp: boolean;
  userData: string;
  tags: Tags;
}

/** Security groups that one network interface can have. */
const MAX_GROUPS = 5;

/**
 * Reads the parameters of RunInstances. Subnet and groups may be those of the call or of its first network interface.
 *
 * @throws AwsError for what doesn't exist or makes no sense.
 */
export function readLaunch({ cloud, region, parameters }: Call): LaunchRequest {
  for (const name of ['MinCount', 'MaxCount']) {
    const count = required(parameters, name);
    if (count !== '1') refuseParameter(name, count);
  }
  const imageId = required(parameters, 'ImageId');
  if (!region.imageIds.includes(imageId)) {
    throw new AwsError('InvalidAMIID.NotFound', `The image id '[${imageId}]' does not exist`);
  }
  const instanceType = required(parameters, 'InstanceType');
  if (!Object.hasOwn(cloud.vcpusByType, instanceType)) refuseParameter('InstanceType', instanceType);
  const [networkInterface] = structuresOf(parameters, 'NetworkInterface');
  if (networkInterface && (parameters.has('SubnetId') || parameters.has('SecurityGroupId.1'))) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request',
    );
  }
  const network = networkInterface ?? parameters;
  const subnet = findSubnet(region, network.get('SubnetId'));
  return {
    clientToken: parameters.get('ClientToken'),
    imageId,
    instanceType,
    subnet,
    groupIds: readGroups(region, subnet, listOf(network, 'SecurityGroupId')),
    wantsPublicIp: networkInterface?.get('AssociatePublicIpAddress') !== 'false',
    userData: Buffer.from(parameters.get('UserData') ?? '', 'base64').toString(),
    tags: tagsFor(parameters, 'instance'),
  };
}

/** @throws AwsError for a subnet that isn't there. */
export function findSubnet(region: Region, subnetId: string | undefined): Subnet {
  const subnet = subnetId === undefined ? region.subnets[0] : region.subnets.find((item) => item.subnetId === subnetId);
  if (!subnet) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
  return subnet;
}

function readGroups(region: Region, subnet: Subnet, groupIds: string[]): string[] {
  const groups = groupIds.map((groupId) => findGroup(region, groupId));
  if (groups.length === 0) {
    return [...region.groups.values()]
      .filter((group) => group.vpcId === subnet.vpcId && group.groupName === 'default')
      .map((group) => group.groupId);
  }
  const stranger = groups.find((group) => group.vpcId !== subnet.vpcId);
  if (stranger) {
    throw new AwsError(
      'InvalidParameter',
      `Security group ${stranger.groupId} and subnet ${subnet.subnetId} belong to different networks.`,
    );
  }
  if (groups.length > MAX_GROUPS) {
    throw new AwsError(
      'SecurityGroupsPerInterfaceLimitExceeded',
      'You have exceeded the maximum number of security groups allowed per network interface.',
    );
  }
  return groupIds;
}
