import { tagSet, type XmlValue } from '../http/xml.ts';
import { type Instance, type InstanceStateName, publicIpOf, type Region } from '../state.ts';

export const OWNER_ID = '123456789012';

const STATE_CODES: Record<InstanceStateName, number> = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 };

export function showState(name: InstanceStateName): XmlValue {
  return { code: STATE_CODES[name], name };
}

/** A reservation with its one instance. */
export function showReservation(region: Region, instance: Instance): { [element: string]: XmlValue } {
  return {
    reservationId: instance.reservationId,
    ownerId: OWNER_ID,
    groupSet: [],
    instancesSet: [showInstance(region, instance)],
  };
}

function showInstance(region: Region, instance: Instance): XmlValue {
  const { subnet } = instance;
  // A terminated instance has no place in the network any more.
  const inNetwork = instance.state !== 'terminated';
  const publicIp = inNetwork ? publicIpOf(region, instance) : undefined;
  const groupSet = instance.groupIds.map((groupId) => ({ groupId, groupName: region.groups.get(groupId)?.groupName }));
  return {
    instanceId: instance.instanceId,
    imageId: instance.imageId,
    instanceState: showState(instance.state),
    stateReason: instance.stateReason,
    amiLaunchIndex: 0,
    instanceType: instance.instanceType,
    launchTime: instance.launchTime,
    placement: { availabilityZone: subnet.availabilityZone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    ...(inNetwork && { subnetId: subnet.subnetId, vpcId: subnet.vpcId, privateIpAddress: instance.privateIp }),
    ipAddress: publicIp,
    groupSet: inNetwork ? groupSet : [],
    architecture: 'x86_64',
    rootDeviceType: 'ebs',
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    clientToken: instance.clientToken,
    tagSet: tagSet(instance.tags),
    networkInterfaceSet: inNetwork ? [showInterface(instance, publicIp, groupSet)] : [],
  };
}

function showInterface(instance: Instance, publicIp: string | undefined, groupSet: XmlValue): XmlValue {
  return {
    networkInterfaceId: instance.networkInterfaceId,
    subnetId: instance.subnet.subnetId,
    vpcId: instance.subnet.vpcId,
    ownerId: OWNER_ID,
    status: 'in-use',
    privateIpAddress: instance.privateIp,
    groupSet,
    association: publicIp === undefined ? undefined : { publicIp, ipOwnerId: 'amazon' },
  };
}
