import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { ProviderRejectedError, type ProvisionRequest } from '../provider.ts';
import { codeOf, isNotFound } from './errors.ts';
import type { AwsParts } from './parts.ts';
import { type Opening, openingsFor, openingsIn, permissionsOf, without } from './stats-rules.ts';
import { TAG, tagFilter, tagOf, tagsAtLaunch } from './tags.ts';

/**
 * The security group of a session's relays in one VPC: it opens the statistics to those who may read them. A group of its
 * own, because a rule in one that relays share would open all of theirs too.
 *
 * @returns its id. One that is there already is put right.
 * @throws ProviderRejectedError when somebody else's group has its name.
 */
export async function ensureStatsGroup(
  parts: AwsParts,
  region: string,
  vpcId: string,
  request: ProvisionRequest,
): Promise<string> {
  const { groupId, openings } =
    (await createGroup(parts, region, vpcId, request)) ?? (await findOwnGroup(parts, region, vpcId, request));
  await setOpenings(parts, region, groupId, openings, openingsFor(request.statsReader, parts.fleet.probeCidr));
  return groupId;
}

/**
 * Deletes a session's groups in a region.
 *
 * @returns whether none is left. False: something still uses one.
 */
export async function deleteStatsGroups(parts: AwsParts, region: string, sessionId: string): Promise<boolean> {
  const groups = await findGroups(parts, region, [
    tagFilter(TAG.session, sessionId),
    { Name: 'group-name', Values: [groupName(sessionId)] },
  ]);
  const deleted = await Promise.all(groups.map(({ GroupId }) => deleteGroup(parts, region, GroupId as string)));
  return !deleted.includes(false);
}

/** @returns whether the group is gone. */
export async function deleteGroup({ clients }: AwsParts, region: string, GroupId: string): Promise<boolean> {
  try {
    await clients.ec2(region).send(new DeleteSecurityGroupCommand({ GroupId }));
  } catch (error) {
    if (codeOf(error) === 'DependencyViolation') return false;
    if (!isNotFound(error)) throw error;
  }
  return true;
}

/** Every group that the filters fit. */
export async function findGroups(
  { clients }: AwsParts,
  region: string,
  Filters: { Name: string; Values: string[] }[],
): Promise<SecurityGroup[]> {
  const found: SecurityGroup[] = [];
  let NextToken: string | undefined;
  do {
    const command = new DescribeSecurityGroupsCommand({ Filters, MaxResults: 1000, NextToken });
    const page = await clients.ec2(region).send(command);
    found.push(...(page.SecurityGroups ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

interface KnownGroup {
  groupId: string;
  openings: Opening[];
}

function groupName(sessionId: string): string {
  return `telemy-${sessionId}`;
}

/** @returns null when there is one of that name. */
async function createGroup(
  { clients }: AwsParts,
  region: string,
  vpcId: string,
  { sessionId, deployment }: ProvisionRequest,
): Promise<KnownGroup | null> {
  const command = new CreateSecurityGroupCommand({
    GroupName: groupName(sessionId),
    Description: 'Who may read the statistics of one Telemy relay',
    VpcId: vpcId,
    TagSpecifications: tagsAtLaunch(['security-group'], {
      [TAG.deployment]: deployment,
      [TAG.session]: sessionId,
      Name: groupName(sessionId),
    }),
  });
  try {
    const { GroupId } = await clients.ec2(region).send(command);
    return { groupId: GroupId as string, openings: [] };
  } catch (error) {
    if (codeOf(error) === 'InvalidGroup.Duplicate') return null;
    throw error;
  }
}

async function findOwnGroup(
  parts: AwsParts,
  region: string,
  vpcId: string,
  { sessionId, deployment }: ProvisionRequest,
): Promise<KnownGroup> {
  const name = groupName(sessionId);
  const [group] = await findGroups(parts, region, [
    { Name: 'group-name', Values: [name] },
    { Name: 'vpc-id', Values: [vpcId] },
  ]);
  if (!group) throw new Error(`${name} is there, but EC2 doesn't show it yet.`);
  if (tagOf(group.Tags, TAG.session) !== sessionId || tagOf(group.Tags, TAG.deployment) !== deployment) {
    throw new ProviderRejectedError(`The security group ${name} is not ours.`);
  }
  return { groupId: group.GroupId as string, openings: openingsIn(group.IpPermissions ?? []) };
}

/** Another run may do the same at the same time. */
async function setOpenings(
  { clients }: AwsParts,
  region: string,
  GroupId: string,
  present: Opening[],
  wanted: Opening[],
): Promise<void> {
  const client = clients.ec2(region);
  const grant = async (IpPermissions: IpPermission[]) => {
    await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  };
  const revoke = async (IpPermissions: IpPermission[]) => {
    await client.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  };
  // One by one only if it must be: a call does all of its rules or none.
  const missing = without(wanted, present);
  await inOneOrEach(missing, grant, 'InvalidPermission.Duplicate');
  await inOneOrEach(without(present, wanted), revoke, 'InvalidPermission.NotFound');
}

async function inOneOrEach(
  openings: Opening[],
  change: (permissions: IpPermission[]) => Promise<void>,
  doneAlready: string,
): Promise<void> {
  if (openings.length === 0) return;
  try {
    await change(permissionsOf(openings));
  } catch (error) {
    if (codeOf(error) !== doneAlready) throw error;
    if (openings.length > 1) for (const opening of openings) await inOneOrEach([opening], change, doneAlready);
  }
}
