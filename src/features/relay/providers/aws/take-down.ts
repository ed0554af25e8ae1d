import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { InstanceRef } from '../provider.ts';
import { isNew, isOver, stateOf } from './description.ts';
import { releaseFromInstance } from './elastic-ip.ts';
import { isNotFound } from './errors.ts';
import { findInstances } from './find.ts';
import type { AwsParts } from './parts.ts';
import { deleteStatsGroups } from './stats-group.ts';
import { TAG, tagFilter } from './tags.ts';

/**
 * Ends an instance, and once it has ended deletes the security group that was made for its session.
 *
 * @returns whether nothing of it is left.
 */
export async function takeDown(parts: AwsParts, ref: InstanceRef): Promise<boolean> {
  const { region, instanceId } = ref;
  const instance = await parts.lookUp(region, instanceId);
  if (!instance && isNew(ref, parts.clock)) {
    // It may be there all the same, and EC2 may know it by its id already.
    await terminate(parts, ref);
    return false;
  }
  if (instance && !isOver(instance)) {
    if (stateOf(instance) === 'terminated') return false;
    // What isn't freed now is free when the instance has ended.
    if (parts.fleet.elasticIps) await releaseFromInstance(parts, region, instanceId);
    await terminate(parts, ref);
    return false;
  }
  if (await deleteStatsGroups(parts, region, ref.sessionId)) return true;
  return hasOtherInstance(parts, ref);
}

async function terminate({ clients }: AwsParts, { region, instanceId }: InstanceRef): Promise<void> {
  try {
    await clients.ec2(region).send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Whether the session has another instance in that region: then the group is that one's by now. */
async function hasOtherInstance(parts: AwsParts, { region, instanceId, sessionId }: InstanceRef): Promise<boolean> {
  const all = await findInstances(parts, region, [tagFilter(TAG.session, sessionId)]);
  return all.some((instance) => instance.InstanceId !== instanceId && !isOver(instance));
}
