import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { FileFaultsError } from '../yaml-file.ts';

/** Cloudflare's proxies (https://www.cloudflare.com/ips/, read 2026-11). */
export const CLOUDFLARE_RANGES: readonly string[] = [
  '173.245.48.0/20',
  '103.21.244.0/22',
  '103.22.200.0/22',
  '103.31.4.0/22',
  '141.101.64.0/18',
  '108.162.192.0/18',
  '190.93.240.0/20',
  '188.114.96.0/20',
  '197.234.240.0/22',
  '198.41.128.0/17',
  '162.158.0.0/15',
  '104.16.0.0/13',
  '104.24.0.0/14',
  '172.64.0.0/13',
  '131.0.72.0/22',
  '2400:cb00::/32',
  '2606:4700::/32',
  '2803:f800::/32',
  '2405:b500::/32',
  '2405:8100::/32',
  '2a06:98c0::/29',
  '2c0f:f248::/32',
];

/** Wider ones are no proxies of anybody's: to trust them would be to trust nearly everyone. In bits. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 16 };
const FEWEST = { ipv4: 5, ipv6: 3 };
const MOST = 200;

/**
 * Reads a list of Cloudflare's ranges: one CIDR a line; empty lines and those that begin with `#` count for nothing. The
 * firewall's script holds lists to the same rules.
 *
 * @throws FileFaultsError that lists every line that cannot be one of Cloudflare's or, where all could be, that so many aren't.
 */
export function readCloudflareRanges(path: string): string[] {
  const lines = readText(path).split('\n');
  const ranges = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const faults = ranges.flatMap((range) => {
    const fault = faultOf(range);
    return fault === undefined ? [] : [`${JSON.stringify(range.slice(0, 60))} ${fault}`];
  });
  if (faults.length === 0) faults.push(...countFaults(ranges));
  if (faults.length > 0) throw new FileFaultsError(faults);
  return ranges;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FileFaultsError([`cannot be read: ${(error as Error).message}`]);
  }
}

function countFaults(ranges: string[]): string[] {
  const ipv6 = ranges.filter((range) => range.includes(':')).length;
  const ipv4 = ranges.length - ipv6;
  if (ranges.length > MOST) return [`has ${ranges.length} ranges, and more than ${MOST} cannot be right`];
  if (ipv4 >= FEWEST.ipv4 && ipv6 >= FEWEST.ipv6) return [];
  return [
    `has ${ipv4} ranges of IPv4 and ${ipv6} of IPv6; fewer than ${FEWEST.ipv4} and ${FEWEST.ipv6} cannot be right`,
  ];
}

function faultOf(range: string): string | undefined {
  if (!ipaddr.isValidCIDR(range)) return 'is no CIDR';
  const [address, bits] = ipaddr.parseCIDR(range);
  if (bits < SHORTEST_PREFIX[address.kind()]) return 'is too wide';
  return address.range() === 'unicast' ? undefined : 'is no range of public addresses';
}
