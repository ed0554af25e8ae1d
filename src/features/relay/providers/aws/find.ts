import { type DescribeInstancesCommandInput, type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { InstanceDescription } from '../provider.ts';
import { isOver, toDescription } from './description.ts';
import { instancesOf } from './look-up.ts';
import type { AwsParts } from './parts.ts';
import { TAG, tagFilter } from './tags.ts';

const PAGE_SIZE = 200;
/** Of instances that nobody has ended. */
const NOT_ENDED = ['pending', 'running', 'stopping', 'stopped'];

/** The instance that a launch made; one that is still there rather than one that was. */
export async function findByToken(parts: AwsParts, region: string, token: string): Promise<Instance | undefined> {
  const found = await findInstances(parts, region, [tagFilter(TAG.token, token)]);
  return found.find((instance) => !isOver(instance)) ?? found[0];
}

/** Every instance of a deployment that nobody has ended, in all regions of the fleet. */
export async function listInstances(parts: AwsParts, deployment: string): Promise<InstanceDescription[]> {
  const filters = [tagFilter(TAG.deployment, deployment), { Name: 'instance-state-name', Values: NOT_ENDED }];
  const lists = await Promise.all(
    [...parts.fleet.regions.keys()].map(async (region) => {
      const found = await findInstances(parts, region, filters);
      return found.map((instance) => toDescription(instance, region));
    }),
  );
  return lists.flat();
}

/** Every instance of a region that the filters fit. */
export async function findInstances(
  { clients }: AwsParts,
  region: string,
  Filters: NonNullable<DescribeInstancesCommandInput['Filters']>,
): Promise<Instance[]> {
  const found: Instance[] = [];
  const pages = paginateDescribeInstances({ client: clients.ec2(region), pageSize: PAGE_SIZE }, { Filters });
  for await (const page of pages) found.push(...instancesOf(page));
  return found;
}
