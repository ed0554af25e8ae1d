import { AwsError } from '../aws-error.ts';
import { listOf, required, tagsFor } from '../http/parameters.ts';
import { tagSet, type XmlValue } from '../http/xml.ts';
import { newId } from '../ids.ts';
import { findGroup } from '../regions.ts';
import type { SecurityGroup } from '../state.ts';
import { type Action, DONE } from './action.ts';
import { filterBy } from './filters.ts';
import { page } from './paging.ts';
import { showPermissions } from './rules.ts';
import { OWNER_ID } from './show-instance.ts';

export const createSecurityGroup: Action = ({ region, parameters }) => {
  const groupName = required(parameters, 'GroupName');
  const vpcId = parameters.get('VpcId') ?? region.subnets[0]?.vpcId ?? '';
  if (!region.subnets.some((subnet) => subnet.vpcId === vpcId)) {
    throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
  }
  const groups = [...region.groups.values()];
  if (groups.some((group) => group.vpcId === vpcId && group.groupName === groupName)) {
    throw new AwsError('InvalidGroup.Duplicate', `The security group '${groupName}' already exists for VPC '${vpcId}'`);
  }
  const group: SecurityGroup = {
    groupId: newId('sg'),
    groupName,
    description: required(parameters, 'GroupDescription'),
    vpcId,
    region: region.name,
    tags: tagsFor(parameters, 'security-group'),
    rules: [],
  };
  region.groups.set(group.groupId, group);
  return { ...DONE, groupId: group.groupId, tagSet: tagSet(group.tags) };
};

export const describeSecurityGroups: Action = ({ region, parameters }) => {
  const ids = listOf(parameters, 'GroupId');
  const named = ids.length > 0 ? ids.map((groupId) => findGroup(region, groupId)) : [...region.groups.values()];
  const groups = filterBy(parameters, named, {
    'group-id': (group) => [group.groupId],
    'group-name': (group) => [group.groupName],
    'vpc-id': (group) => [group.vpcId],
  });
  const shown = page(parameters, groups);
  return { securityGroupInfo: shown.things.map(showGroup), nextToken: shown.nextToken };
};

export const deleteSecurityGroup: Action = ({ region, parameters }) => {
  const group = findGroup(region, required(parameters, 'GroupId'));
  if (group.groupName === 'default') {
    throw new AwsError('CannotDelete', `the specified group: "${group.groupId}" name: "default" cannot be deleted`);
  }
  const users = [...region.instances.values()].filter(
    (instance) => instance.state !== 'terminated' && instance.groupIds.includes(group.groupId),
  );
  if (users.length > 0) {
    throw new AwsError('DependencyViolation', `resource ${group.groupId} has a dependent object`);
  }
  region.groups.delete(group.groupId);
  return { ...DONE, groupId: group.groupId };
};

function showGroup(group: SecurityGroup): XmlValue {
  return {
    ownerId: OWNER_ID,
    groupId: group.groupId,
    groupName: group.groupName,
    groupDescription: group.description,
    vpcId: group.vpcId,
    ipPermissions: showPermissions(group.rules),
    ipPermissionsEgress: [],
    tagSet: tagSet(group.tags),
  };
}
