import { AwsError, refuseParameter } from '../aws-error.ts';
import type { Cloud } from '../cloud.ts';
import type { Parameters } from '../http/parameters.ts';
import { newId } from '../ids.ts';
import { begin } from '../lifecycle.ts';
import { createRelay } from '../relay/relay.ts';
import { type Instance, isLive, type Region } from '../state.ts';
import type { Action } from './action.ts';
import { type LaunchRequest, readLaunch } from './launch-request.ts';
import { showReservation } from './show-instance.ts';

/** Parameters that may differ between two calls that mean the same. */
const NOT_COMPARED = ['ClientToken', 'DryRun'];

/** One instance per client token and region. A launch that failed leaves its token free. */
export const runInstances: Action = (call) => {
  const { cloud, region, parameters } = call;
  const token = parameters.get('ClientToken');
  if (token !== undefined && token.length > 64) refuseParameter('ClientToken', token);
  const fingerprint = fingerprintOf(parameters);
  const earlier = token === undefined ? undefined : region.launches.get(token);
  if (earlier && earlier.fingerprint !== fingerprint) {
    throw new AwsError(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  }
  if (earlier) return showReservation(region, earlier.instance);

  const request = readLaunch(call);
  checkQuotas(cloud, region, request.instanceType);
  takeRoom(cloud, region, request);
  const instance = launch(cloud, region, request);
  if (token !== undefined) region.launches.set(token, { fingerprint, instance });
  return showReservation(region, instance);
};

function fingerprintOf(parameters: Parameters): string {
  const compared = [...parameters].filter(([name]) => !NOT_COMPARED.includes(name));
  return JSON.stringify(compared.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkQuotas(cloud: Cloud, region: Region, instanceType: string): void {
  const live = [...region.instances.values()].filter(isLive);
  const vcpusOf = (type: string) => cloud.vcpusByType[type] ?? 0;
  const vcpus = live.reduce((sum, instance) => sum + vcpusOf(instance.instanceType), vcpusOf(instanceType));
  if (vcpus > region.quotas.vcpus) {
    throw new AwsError(
      'VcpuLimitExceeded',
      `You have requested more vCPU capacity than your current vCPU limit of ${region.quotas.vcpus} allows for the ` +
        'instance bucket that the specified instance type belongs to.',
    );
  }
  if (live.length >= region.quotas.instances) {
    throw new AwsError(
      'InstanceLimitExceeded',
      `You have requested more instances (${live.length + 1}) than your current instance limit of ` +
        `${region.quotas.instances} allows for the specified instance type.`,
    );
  }
}

function takeRoom(cloud: Cloud, region: Region, { subnet, instanceType }: LaunchRequest): void {
  const limits = cloud.capacity.filter(
    ({ place }) =>
      place.region === region.name &&
      (place.subnetId ?? subnet.subnetId) === subnet.subnetId &&
      (place.instanceType ?? instanceType) === instanceType,
  );
  if (limits.some(({ room }) => room < 1)) {
    throw new AwsError(
      'InsufficientInstanceCapacity',
      `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested ` +
        `(${subnet.availabilityZone}).`,
      500,
    );
  }
  for (const limit of limits) limit.room -= 1;
}

function launch(cloud: Cloud, region: Region, request: LaunchRequest): Instance {
  const number = cloud.nextNumber();
  const instance: Instance = {
    ...request,
    instanceId: newId('i'),
    reservationId: newId('r'),
    region: region.name,
    launchTime: cloud.now(),
    state: 'pending',
    stateReason: undefined,
    privateIp: `10.0.${(number >> 8) & 255}.${number & 255}`,
    networkInterfaceId: newId('eni'),
    ownAddress: undefined,
    relay: createRelay(cloud.readUserData(request.userData)),
    known: false,
    missesLeft: 0,
    vanished: false,
  };
  region.instances.set(instance.instanceId, instance);
  begin(cloud, region, instance);
  return instance;
}
