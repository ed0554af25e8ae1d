import { AwsError } from '../aws-error.ts';
import { findInstance } from '../cloud.ts';
import { required } from '../http/parameters.ts';
import { newId } from '../ids.ts';
import { closeOwnAddress, openOwnAddress } from '../lifecycle.ts';
import { elasticIpOf, type Instance } from '../state.ts';
import { type Action, type Call, DONE } from './action.ts';
import { findAddress } from './addresses.ts';

/** The address takes the place of whichever public address the instance had. */
export const associateAddress: Action = async (call) => {
  const { region, parameters } = call;
  const address = findAddress(region, required(parameters, 'AllocationId'));
  const instance = findTarget(call);
  const { association } = address;
  if (association?.instance === instance) return { ...DONE, associationId: association.associationId };
  const formerAddress = elasticIpOf(region, instance);
  const inTheWay = association ?? formerAddress?.association;
  // Without the parameter, EC2 lets an address of a VPC move to another instance, and an instance change its address.
  if (inTheWay && parameters.get('AllowReassociation') === 'false') {
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `resource ${address.allocationId} is already associated with associate-id ${inTheWay.associationId}`,
    );
  }
  if (formerAddress) formerAddress.association = undefined;
  const associationId = newId('eipassoc');
  address.association = { associationId, instance };
  await closeOwnAddress(instance);
  if (association) await giveOwnAddress(call, association.instance);
  return { ...DONE, associationId };
};

export const disassociateAddress: Action = async (call) => {
  const associationId = required(call.parameters, 'AssociationId');
  const address = [...call.region.addresses.values()].find(
    ({ association }) => association?.associationId === associationId,
  );
  if (!address?.association) {
    throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${associationId}' does not exist`);
  }
  const { instance } = address.association;
  address.association = undefined;
  await giveOwnAddress(call, instance);
  return DONE;
};

function findTarget({ region, parameters }: Call): Instance {
  const interfaceId = parameters.get('NetworkInterfaceId');
  if (interfaceId !== undefined) {
    const owner = [...region.instances.values()].find((instance) => instance.networkInterfaceId === interfaceId);
    if (!owner || owner.state === 'terminated') {
      throw new AwsError(
        'InvalidNetworkInterfaceID.NotFound',
        `The networkInterface ID '${interfaceId}' does not exist`,
      );
    }
    if (owner.state === 'running') return owner;
    throw new AwsError(
      'IncorrectInstanceState',
      `The ${owner.state} instance to which '${interfaceId}' is attached is not in a valid state for this operation`,
    );
  }
  const instance = findInstance(region, required(parameters, 'InstanceId'));
  if (instance.state === 'running') return instance;
  // Named by its instance it is this code, by its interface the one above.
  throw new AwsError(
    'InvalidInstanceID',
    `The ${instance.state} instance '${instance.instanceId}' is not in a valid state for this operation.`,
  );
}

async function giveOwnAddress({ cloud, region }: Call, instance: Instance): Promise<void> {
  if (instance.wantsPublicIp && instance.state === 'running') await openOwnAddress(cloud, region, instance);
}
