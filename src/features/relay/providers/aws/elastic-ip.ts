import {
  type Address,
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import type { ProvisionRequest } from '../provider.ts';
import { stateOf } from './description.ts';
import { codeOf, isNotFound } from './errors.ts';
import type { AwsParts } from './parts.ts';
import { TAG, tagFilter, tagsAtLaunch } from './tags.ts';

/** Looks at a user's addresses before it is given up: others may change them at the same time. */
const MOST_LOOKS = 3;
/** Codes for which a relay does with the address that it has. */
const DO_WITHOUT = new Set(['AddressLimitExceeded', 'UnauthorizedOperation']);

interface Owner {
  region: string;
  deployment: string;
  userId: string;
}

/**
 * Gives a running instance its user's Elastic IP of the region, which is allocated if there is none.
 *
 * @returns that address; null when the instance is to keep the one it has: another live relay of the user has the
 *   Elastic IP, or none can be had.
 */
export async function useElasticIp(
  parts: AwsParts,
  region: string,
  instanceId: string,
  { sessionId, deployment, userId }: ProvisionRequest,
): Promise<string | null> {
  const owner = { region, deployment, userId };
  try {
    for (let look = 1; look <= MOST_LOOKS; look += 1) {
      const address = await ownAddress(parts, owner);
      if (address.InstanceId === instanceId) return address.PublicIp as string;
      if (address.AssociationId && (await isInUse(parts, region, address))) return null;
      if (await associate(parts, region, address, instanceId)) return address.PublicIp as string;
    }
  } catch (error) {
    const code = codeOf(error);
    if (!DO_WITHOUT.has(code)) throw error;
    parts.logger.warn({ session_id: sessionId, region, code }, 'aws_no_elastic_ip');
  }
  return null;
}

/** Frees the Elastic IP that an instance has, if any. It stays its user's. */
export async function releaseFromInstance({ clients }: AwsParts, region: string, instanceId: string): Promise<void> {
  const Filters = [
    { Name: 'instance-id', Values: [instanceId] },
    { Name: 'tag-key', Values: [TAG.user] },
  ];
  const { Addresses = [] } = await clients.ec2(region).send(new DescribeAddressesCommand({ Filters }));
  for (const address of Addresses) await disassociate({ clients }, region, address);
}

/** Every Elastic IP that the filters fit. */
export async function findAddresses(
  { clients }: Pick<AwsParts, 'clients'>,
  region: string,
  Filters: { Name: string; Values: string[] }[],
): Promise<Address[]> {
  const { Addresses = [] } = await clients.ec2(region).send(new DescribeAddressesCommand({ Filters }));
  return Addresses;
}

/**
 * Which of a user's addresses stays when there are several; whoever looks at the same ones chooses the same.
 *
 * @param addresses at least one.
 */
export function chosen(addresses: readonly Address[]): Address {
  const rank = (address: Address) => `${address.AssociationId ? 0 : 1} ${address.AllocationId}`;
  return addresses.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))[0] as Address;
}

/** @returns whether it is released. False: it is in use. */
export async function releaseAddress(
  { clients }: Pick<AwsParts, 'clients'>,
  region: string,
  { AllocationId }: Address,
): Promise<boolean> {
  try {
    await clients.ec2(region).send(new ReleaseAddressCommand({ AllocationId }));
  } catch (error) {
    if (codeOf(error) === 'InvalidIPAddress.InUse') return false;
    if (!isNotFound(error)) throw error;
  }
  return true;
}

/** The user's address, allocated if there is none. Surplus ones are released, as far as nothing uses them. */
async function ownAddress(parts: AwsParts, owner: Owner): Promise<Address> {
  const filters = [tagFilter(TAG.user, owner.userId), tagFilter(TAG.deployment, owner.deployment)];
  let present = await findAddresses(parts, owner.region, filters);
  if (present.length === 0) {
    const allocated = await allocate(parts, owner);
    // Two launches may have done so at once, and a lost answer leaves one that nobody knows.
    const others = await findAddresses(parts, owner.region, filters);
    present = [allocated, ...others.filter(({ AllocationId }) => AllocationId !== allocated.AllocationId)];
  }
  const own = chosen(present);
  const surplus = present.filter((address) => address !== own && !address.AssociationId);
  for (const address of surplus) await releaseAddress(parts, owner.region, address);
  return own;
}

async function allocate({ clients }: AwsParts, { region, deployment, userId }: Owner): Promise<Address> {
  const command = new AllocateAddressCommand({
    Domain: 'vpc',
    TagSpecifications: tagsAtLaunch(['elastic-ip'], {
      [TAG.deployment]: deployment,
      [TAG.user]: userId,
      Name: `telemy-${userId}`,
    }),
  });
  const { AllocationId, PublicIp } = await clients.ec2(region).send(command);
  return { AllocationId, PublicIp };
}

/** Whether the instance that has the address is alive. If it isn't, the address is freed. */
async function isInUse(parts: AwsParts, region: string, address: Address): Promise<boolean> {
  const user = address.InstanceId ? await parts.lookUp(region, address.InstanceId) : undefined;
  if (user && stateOf(user) !== 'terminated') return true;
  await disassociate(parts, region, address);
  return false;
}

/** @returns whether the instance has it now. False: somebody else was faster. */
async function associate(
  { clients }: AwsParts,
  region: string,
  { AllocationId }: Address,
  InstanceId: string,
): Promise<boolean> {
  try {
    await clients
      .ec2(region)
      .send(new AssociateAddressCommand({ AllocationId, InstanceId, AllowReassociation: false }));
    return true;
  } catch (error) {
    if (codeOf(error) === 'Resource.AlreadyAssociated' || codeOf(error) === 'InvalidAllocationID.NotFound')
      return false;
    throw error;
  }
}

async function disassociate(
  { clients }: Pick<AwsParts, 'clients'>,
  region: string,
  { AssociationId }: Address,
): Promise<void> {
  if (!AssociationId) return;
  try {
    await clients.ec2(region).send(new DisassociateAddressCommand({ AssociationId }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
