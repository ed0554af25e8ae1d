import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { CLOUDFLARE_RANGES } from './cloudflare-ranges.ts';
import { saysPlainHttp } from './forwarded-scheme.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Where a request comes from. */
export interface ClientPlace {
  address: string;
  /** Whether Cloudflare is next to the client: then what its own headers say of the client holds. */
  viaCloudflare: boolean;
  /** Whether a trusted proxy says that the client came to it by plain HTTP. */
  byPlainHttp: boolean;
}

/** Finds a request's client address. */
export type ClientAddress = (peer: string, headers: IncomingHttpHeaders) => ClientPlace;

/**
 * Makes the rule that sees through proxies: the peer is the client unless it is trusted. From Cloudflare's ranges (with
 * `cloudflare` among the trusted) CF-Connecting-IP counts; from other trusted proxies the rightmost entry of
 * X-Forwarded-For that isn't itself trusted. Anything a client could have written by itself is ignored.
 *
 * @param trusted CIDRs, or `cloudflare`.
 * @param cloudflareRanges what `cloudflare` stands for.
 */
export function createClientAddress(
  trusted: readonly string[],
  cloudflareRanges: readonly string[] = CLOUDFLARE_RANGES,
): ClientAddress {
  const { proxies, cloudflare } = parseTrusted(trusted, cloudflareRanges);
  const all = [...proxies, ...cloudflare];

  return (peer, headers) => {
    const address = parseAddress(peer);
    if (!address) return { address: peer, viaCloudflare: false, byPlainHttp: false };
    if (isIn(address, cloudflare)) {
      const told = parseAddress(first(headers['cf-connecting-ip']));
      return { address: (told ?? address).toString(), viaCloudflare: true, byPlainHttp: saysPlainHttp(headers, true) };
    }
    if (!isIn(address, proxies)) return { address: address.toString(), viaCloudflare: false, byPlainHttp: false };
    const { client, before } = forwardedFor(headers['x-forwarded-for'], all, address);
    const viaCloudflare = isIn(before, cloudflare);
    return { address: client.toString(), viaCloudflare, byPlainHttp: saysPlainHttp(headers, viaCloudflare) };
  };
}

/** Makes the rule whether a peer is a trusted proxy. The parameters are those of `createClientAddress`. */
export function createPeerTrust(
  trusted: readonly string[],
  cloudflareRanges: readonly string[] = CLOUDFLARE_RANGES,
): (peer: string) => boolean {
  const { proxies, cloudflare } = parseTrusted(trusted, cloudflareRanges);
  const all = [...proxies, ...cloudflare];
  return (peer) => {
    const address = parseAddress(peer);
    return address !== null && isIn(address, all);
  };
}

function parseTrusted(trusted: readonly string[], cloudflareRanges: readonly string[]) {
  return {
    proxies: trusted.filter((entry) => entry !== 'cloudflare').map(parseRange),
    cloudflare: trusted.includes('cloudflare') ? cloudflareRanges.map(parseRange) : [],
  };
}

/** What limits count an address as: IPv6 by its /64, because a household owns that many. */
export function addressKey(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed) return address;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** Longest text that may be an address: an IPv6 one with a zone. */
const LONGEST_ADDRESS = 64;
/** What was read of late. The same few addresses (proxies, and whoever polls) come again and again. */
const read = new LRUCache<string, { address: Address | null }>({ max: 5_000 });

/** The client, and the proxy that saw it. */
function forwardedFor(
  header: string | string[] | undefined,
  proxies: Range[],
  peer: Address,
): { client: Address; before: Address } {
  const entries = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
  let client = peer;
  let before = peer;
  for (const entry of entries.reverse()) {
    const address = parseAddress(entry.trim());
    if (!address) break;
    before = client;
    client = address;
    if (!isIn(address, proxies)) break;
  }
  return { client, before };
}

function parseRange(text: string): Range {
  return ipaddr.parseCIDR(text);
}

/** IPv4 addresses that came over an IPv6 socket are taken for what they are. */
function parseAddress(text: string | undefined): Address | null {
  if (text === undefined || text.length > LONGEST_ADDRESS) return null;
  const known = read.get(text);
  if (known) return known.address;
  const address = ipaddr.isValid(text) ? ipaddr.process(text) : null;
  read.set(text, { address });
  return address;
}

function isIn(address: Address, ranges: Range[]): boolean {
  return ranges.some(([range, bits]) => address.kind() === range.kind() && address.match(range, bits));
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
