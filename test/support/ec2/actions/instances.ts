import { AwsError } from '../aws-error.ts';
import { findInstance, isVisible, notFound } from '../cloud.ts';
import { listOf } from '../http/parameters.ts';
import { shutDown } from '../lifecycle.ts';
import { type Instance, publicIpOf, type Region } from '../state.ts';
import type { Action, Call } from './action.ts';
import { type FilterValues, filterBy } from './filters.ts';
import { page } from './paging.ts';
import { showReservation, showState } from './show-instance.ts';

export const describeInstances: Action = (call) => {
  const { region, parameters } = call;
  const wanted = filterBy(parameters, readWanted(call), filtersOf(region));
  const shown = page(parameters, wanted.filter(lookAt));
  return {
    reservationSet: shown.things.map((instance) => showReservation(region, instance)),
    nextToken: shown.nextToken,
  };
};

export const terminateInstances: Action = ({ cloud, region, parameters }) => {
  const instances = listOf(parameters, 'InstanceId').map((instanceId) => findInstance(region, instanceId));
  return {
    instancesSet: instances.map((instance) => {
      const previousState = showState(instance.state);
      shutDown(cloud, instance, 'Client.UserInitiatedShutdown', 'User initiated shutdown');
      return { instanceId: instance.instanceId, currentState: showState(instance.state), previousState };
    }),
  };
};

function readWanted({ region, parameters }: Call): Instance[] {
  const instanceIds = listOf(parameters, 'InstanceId');
  if (instanceIds.length === 0) return [...region.instances.values()];
  if (parameters.has('MaxResults')) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
  const missed = instanceIds.filter((instanceId) => {
    const instance = region.instances.get(instanceId);
    return !instance || !lookAt(instance);
  });
  if (missed.length > 0) throw notFound(missed);
  return instanceIds.map((instanceId) => findInstance(region, instanceId));
}

/** Whether a describe shows an instance. One that should but misses it is counted. */
function lookAt(instance: Instance): boolean {
  if (isVisible(instance)) return true;
  if (instance.known && instance.missesLeft > 0) instance.missesLeft -= 1;
  return false;
}

function filtersOf(region: Region): FilterValues<Instance> {
  return {
    'instance-id': (instance) => [instance.instanceId],
    'instance-state-name': (instance) => [instance.state],
    'instance-type': (instance) => [instance.instanceType],
    'image-id': (instance) => [instance.imageId],
    'client-token': (instance) => [instance.clientToken],
    'subnet-id': (instance) => [instance.subnet.subnetId],
    'vpc-id': (instance) => [instance.subnet.vpcId],
    'availability-zone': (instance) => [instance.subnet.availabilityZone],
    'instance.group-id': (instance) => instance.groupIds,
    'ip-address': (instance) => [publicIpOf(region, instance)],
  };
}
