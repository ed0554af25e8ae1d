import { AwsError } from '../aws-error.ts';
import type { Cloud } from '../cloud.ts';
import { listOf, required, tagsFor } from '../http/parameters.ts';
import { tagSet } from '../http/xml.ts';
import { newId } from '../ids.ts';
import type { Address, Region } from '../state.ts';
import { type Action, DONE } from './action.ts';
import { filterBy } from './filters.ts';

export const allocateAddress: Action = async ({ cloud, region, parameters }) => {
  if (region.addresses.size >= region.quotas.addresses) {
    throw new AwsError('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
  }
  const address = newAddress(region, tagsFor(parameters, 'elastic-ip'));
  // Counted before its ports are open, or calls at the same time could go over the limit.
  region.addresses.set(address.allocationId, address);
  await openPorts(cloud, address);
  return { publicIp: address.publicIp, domain: 'vpc', allocationId: address.allocationId };
};

export const describeAddresses: Action = ({ region, parameters }) => {
  const ids = listOf(parameters, 'AllocationId');
  const named = ids.length > 0 ? ids.map((id) => findAddress(region, id)) : [...region.addresses.values()];
  const ready = named.filter((address) => address.publicIp !== '');
  const addresses = filterBy(parameters, ready, {
    'allocation-id': (address) => [address.allocationId],
    'association-id': (address) => [address.association?.associationId],
    'instance-id': (address) => [address.association?.instance.instanceId],
    'public-ip': (address) => [address.publicIp],
  });
  return {
    addressesSet: addresses.map(({ publicIp, allocationId, association, tags }) => ({
      publicIp,
      allocationId,
      domain: 'vpc',
      ...(association && {
        instanceId: association.instance.instanceId,
        associationId: association.associationId,
        networkInterfaceId: association.instance.networkInterfaceId,
        privateIpAddress: association.instance.privateIp,
      }),
      tagSet: tagSet(tags),
    })),
  };
};

export const releaseAddress: Action = async ({ region, parameters }) => {
  const address = findAddress(region, required(parameters, 'AllocationId'));
  if (address.association) {
    throw new AwsError('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`);
  }
  region.addresses.delete(address.allocationId);
  await address.listener.close();
  return DONE;
};

/** @throws AwsError for an address that isn't there. */
export function findAddress(region: Region, allocationId: string): Address {
  const address = region.addresses.get(allocationId);
  if (!address) {
    throw new AwsError('InvalidAllocationID.NotFound', `The allocation ID '${allocationId}' does not exist`);
  }
  return address;
}

function newAddress(region: Region, tags: Address['tags']): Address {
  return {
    allocationId: newId('eipalloc'),
    region: region.name,
    publicIp: '',
    tags,
    association: undefined,
    listener: { ip: '', close: async () => undefined },
  };
}

async function openPorts(cloud: Cloud, address: Address): Promise<void> {
  address.listener = await cloud.addresses.take(() => {
    const instance = address.association?.instance;
    return instance?.state === 'running' ? instance.relay : undefined;
  });
  address.publicIp = address.listener.ip;
}
