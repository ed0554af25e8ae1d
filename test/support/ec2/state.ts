import type { Quotas, Subnet } from './options.ts';
import type { Listener } from './relay/listen.ts';
import type { Relay } from './relay/relay.ts';

export type InstanceStateName = 'pending' | 'running' | 'shutting-down' | 'terminated';

export type Tags = Map<string, string>;

export interface Instance {
  instanceId: string;
  reservationId: string;
  region: string;
  clientToken: string | undefined;
  imageId: string;
  instanceType: string;
  subnet: Subnet;
  groupIds: string[];
  /** Decoded. */
  userData: string;
  tags: Tags;
  launchTime: Date;
  state: InstanceStateName;
  stateReason: { code: string; message: string } | undefined;
  privateIp: string;
  networkInterfaceId: string;
  /** Whether it gets a public address by itself. */
  wantsPublicIp: boolean;
  /** The public address that it has by itself while it runs. An Elastic IP takes its place. */
  ownAddress: Listener | undefined;
  relay: Relay;
  /** False until `hiddenMs` are over. */
  known: boolean;
  /** How many more describes miss it. */
  missesLeft: number;
  /** Terminated so long ago that nothing knows it any more. */
  vanished: boolean;
}

export interface Rule {
  ruleId: string;
  /** `tcp`, `udp`, `icmp`, `icmpv6` or `-1` for all. */
  protocol: string;
  fromPort: number;
  toPort: number;
  /** In canonical form. */
  cidr: string;
  family: 'ipv4' | 'ipv6';
  description: string | undefined;
}

export interface SecurityGroup {
  groupId: string;
  groupName: string;
  description: string;
  vpcId: string;
  region: string;
  tags: Tags;
  rules: Rule[];
}

export interface Address {
  allocationId: string;
  region: string;
  publicIp: string;
  tags: Tags;
  association: { associationId: string; instance: Instance } | undefined;
  listener: Listener;
}

/** Room for launches: in a region, or only in a subnet, of a type, or both. */
export interface CapacityPlace {
  region: string;
  subnetId?: string;
  instanceType?: string;
}

/** All that is remembered of one region. */
export interface Region {
  name: string;
  subnets: Subnet[];
  imageIds: string[];
  quotas: Quotas;
  instances: Map<string, Instance>;
  /** By client token: what it was used with. */
  launches: Map<string, { fingerprint: string; instance: Instance }>;
  groups: Map<string, SecurityGroup>;
  addresses: Map<string, Address>;
}

/** The Elastic IP that is associated with an instance. */
export function elasticIpOf(region: Region, instance: Instance): Address | undefined {
  return [...region.addresses.values()].find((address) => address.association?.instance === instance);
}

/** The address at which the world reaches an instance now. */
export function publicIpOf(region: Region, instance: Instance): string | undefined {
  return elasticIpOf(region, instance)?.publicIp ?? instance.ownAddress?.ip;
}

/** True while it takes up quota. */
export function isLive(instance: Instance): boolean {
  return instance.state === 'pending' || instance.state === 'running';
}
