import type { IpPermission } from '@aws-sdk/client-ec2';
import ipaddr from 'ipaddr.js';
import { ProviderRejectedError } from '../provider.ts';

/** A TCP port that is open to a range of addresses. */
export interface Opening {
  port: number;
  /** The first address of the range and its length, in their shortest form. */
  cidr: string;
}

/** Statistics per link, and those of the SRT server. */
const STATS_PORTS = [5080, 8090];
const EVERYONE = ['0.0.0.0/0', '::/0'];

/**
 * What has to be open for one relay's statistics.
 *
 * @param reader the address that may read them; null: everyone.
 * @param probeCidr where our own probes come from; null: not told.
 * @throws ProviderRejectedError when `reader` is no address.
 */
export function openingsFor(reader: string | null, probeCidr: string | null): Opening[] {
  const ranges = reader === null ? EVERYONE : [onlyFor(reader), ...(probeCidr === null ? [] : [shortest(probeCidr)])];
  return STATS_PORTS.flatMap((port) => [...new Set(ranges)].map((cidr) => ({ port, cidr })));
}

/** The openings of a group as EC2 shows it. */
export function openingsIn(permissions: readonly IpPermission[]): Opening[] {
  return permissions.flatMap(({ FromPort = 0, IpRanges = [], Ipv6Ranges = [] }) => [
    ...IpRanges.map(({ CidrIp }) => ({ port: FromPort, cidr: shortest(CidrIp as string) })),
    ...Ipv6Ranges.map(({ CidrIpv6 }) => ({ port: FromPort, cidr: shortest(CidrIpv6 as string) })),
  ]);
}

/** The openings as EC2 wants them told. */
export function permissionsOf(openings: readonly Opening[]): IpPermission[] {
  return openings.map(({ port, cidr }) => ({
    IpProtocol: 'tcp',
    FromPort: port,
    ToPort: port,
    ...(cidr.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: cidr }] } : { IpRanges: [{ CidrIp: cidr }] }),
  }));
}

/** Those of `openings` that aren't among `others`. */
export function without(openings: readonly Opening[], others: readonly Opening[]): Opening[] {
  return openings.filter(({ port, cidr }) => !others.some((other) => other.port === port && other.cidr === cidr));
}

function onlyFor(address: string): string {
  if (!ipaddr.isValid(address)) throw new ProviderRejectedError('The reader of the statistics is not an address.');
  // An IPv4 address may come in the form that IPv6 has for it.
  const parsed = ipaddr.process(address);
  return `${parsed}/${parsed.kind() === 'ipv4' ? 32 : 128}`;
}

function shortest(cidr: string): string {
  const [address, bits] = ipaddr.parseCIDR(cidr);
  const first =
    address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${first}/${bits}`;
}
