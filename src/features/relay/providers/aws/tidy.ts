import type { Address, SecurityGroup } from '@aws-sdk/client-ec2';
import type { TidyRequest } from '../provider.ts';
import { chosen, findAddresses, releaseAddress } from './elastic-ip.ts';
import { codeOf } from './errors.ts';
import { findInstances } from './find.ts';
import type { AwsParts } from './parts.ts';
import { deleteGroup, findGroups } from './stats-group.ts';
import { TAG, tagFilter, tagOf } from './tags.ts';

/** One thing that is to go. */
interface Leftover {
  what: string;
  /** @returns whether it is gone. */
  remove(): Promise<boolean>;
}

/** Values of one filter. */
const MOST_VALUES = 200;

/**
 * Deletes security groups of sessions that have ended, and Elastic IPs of users that are gone or have another one. What
 * something still uses stays.
 *
 * @returns a sentence for each.
 */
export async function tidy(parts: AwsParts, request: TidyRequest): Promise<string[]> {
  const done: string[] = [];
  for (const region of parts.fleet.regions.keys()) {
    try {
      await tidyRegion(parts, region, request, done);
    } catch (error) {
      // A region that is away must not keep the others untidy.
      parts.logger.warn({ region, code: codeOf(error) }, 'aws_not_tidied');
    }
  }
  return done;
}

async function tidyRegion(parts: AwsParts, region: string, request: TidyRequest, done: string[]): Promise<void> {
  for (const leftoversOf of [leftoverGroups, leftoverAddresses]) {
    for (const { what, remove } of await leftoversOf(parts, region, request)) {
      if (done.length >= request.limit) return;
      if (!request.act || (await remove())) done.push(what);
    }
  }
}

async function leftoverGroups(
  parts: AwsParts,
  region: string,
  { deployment, liveAmong }: TidyRequest,
): Promise<Leftover[]> {
  const groups = await findGroups(parts, region, [
    tagFilter(TAG.deployment, deployment),
    { Name: 'tag-key', Values: [TAG.session] },
  ]);
  if (groups.length === 0) return [];
  const sessionOf = ({ Tags }: SecurityGroup) => tagOf(Tags, TAG.session);
  const live = await liveAmong(groups.map(sessionOf));
  const ended = groups.filter((group) => !live.has(sessionOf(group)));
  const used = await groupsInUse(parts, region, ended.map(idOf));
  return ended
    .filter((group) => !used.has(idOf(group)))
    .map((group) => ({
      what: `Security group ${idOf(group)} in ${region} was made for ${sessionOf(group)}, which has ended.`,
      remove: () => deleteGroup(parts, region, idOf(group)),
    }));
}

function idOf({ GroupId }: SecurityGroup): string {
  return GroupId as string;
}

/** Those of these groups that an instance has. */
async function groupsInUse(parts: AwsParts, region: string, groupIds: string[]): Promise<Set<string | undefined>> {
  const used = new Set<string | undefined>();
  for (let start = 0; start < groupIds.length; start += MOST_VALUES) {
    const Values = groupIds.slice(start, start + MOST_VALUES);
    const users = await findInstances(parts, region, [{ Name: 'instance.group-id', Values }]);
    for (const { SecurityGroups = [] } of users) for (const { GroupId } of SecurityGroups) used.add(GroupId);
  }
  return used;
}

async function leftoverAddresses(
  parts: AwsParts,
  region: string,
  { deployment, usersAmong }: TidyRequest,
): Promise<Leftover[]> {
  const addresses = await findAddresses(parts, region, [
    tagFilter(TAG.deployment, deployment),
    { Name: 'tag-key', Values: [TAG.user] },
  ]);
  if (addresses.length === 0) return [];
  const byUser = Map.groupBy(addresses, ({ Tags }) => tagOf(Tags, TAG.user));
  const present = await usersAmong([...byUser.keys()]);
  return [...byUser].flatMap(([userId, own]) => {
    const isGone = !present.has(userId);
    const surplus = isGone ? own : own.filter((address) => address !== chosen(own));
    const why = isGone ? `belongs to ${userId}, who is gone.` : `is one more than ${userId} needs.`;
    return surplus.filter(isFree).map((address) => ({
      what: `Elastic IP ${address.AllocationId} in ${region} ${why}`,
      remove: () => releaseAddress(parts, region, address),
    }));
  });
}

function isFree({ AssociationId }: Address): boolean {
  return AssociationId === undefined;
}
