import type { Action } from './action.ts';
import { allocateAddress, describeAddresses, releaseAddress } from './addresses.ts';
import { associateAddress, disassociateAddress } from './associations.ts';
import { createTags, describeInstanceTypes, describeSubnets } from './catalogue.ts';
import { authorizeIngress, revokeIngress } from './ingress.ts';
import { describeInstances, terminateInstances } from './instances.ts';
import { runInstances } from './run-instances.ts';
import { createSecurityGroup, deleteSecurityGroup, describeSecurityGroups } from './security-groups.ts';

/** What EC2 can do here, by its names. */
export const ACTIONS: Record<string, Action> = {
  AllocateAddress: allocateAddress,
  AssociateAddress: associateAddress,
  AuthorizeSecurityGroupIngress: authorizeIngress,
  CreateSecurityGroup: createSecurityGroup,
  CreateTags: createTags,
  DeleteSecurityGroup: deleteSecurityGroup,
  DescribeAddresses: describeAddresses,
  DescribeInstances: describeInstances,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeSubnets: describeSubnets,
  DisassociateAddress: disassociateAddress,
  ReleaseAddress: releaseAddress,
  RevokeSecurityGroupIngress: revokeIngress,
  RunInstances: runInstances,
  TerminateInstances: terminateInstances,
};
