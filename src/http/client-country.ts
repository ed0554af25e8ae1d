import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';
import type { CountryResponse } from 'maxmind';
import { isTrusted } from './client-address.ts';

/** Finds the country that a request comes from: an ISO 3166 code, `T1` for Tor; null where nothing is known. */
export type ClientCountry = (peer: string, headers: IncomingHttpHeaders, address: string) => string | null;

/**
 * Makes the rule: Cloudflare's CF-IPCountry where Cloudflare is among the trusted proxies and the request came through
 * one of them (https://developers.cloudflare.com/fundamentals/reference/http-headers/, read 2026-11), else the given
 * database, else nothing.
 *
 * @param file a GeoLite2-Country or -City database (.mmdb).
 * @throws Error when the file is none.
 */
export async function createClientCountry(
  trusted: readonly string[],
  file: string | undefined,
): Promise<ClientCountry> {
  const isProxy = trusted.includes('cloudflare') ? isTrusted(trusted) : () => false;
  const database = file === undefined ? undefined : await openDatabase(file);
  return (peer, headers, address) => {
    const told = isProxy(peer) ? readCode(headers['cf-ipcountry']) : null;
    return told ?? lookUp(database, address);
  };
}

function lookUp(database: Awaited<ReturnType<typeof openDatabase>> | undefined, address: string): string | null {
  if (!database) return null;
  // The reader would look for the first bits of an IPv6 address among the IPv4 ones.
  if (database.metadata.ipVersion === 4 && !isIPv4(address)) return null;
  return database.get(address)?.country?.iso_code ?? null;
}

async function openDatabase(file: string) {
  // Most servers have none.
  const { open } = await import('maxmind');
  try {
    return await open<CountryResponse>(file);
  } catch (error) {
    throw new Error(`GEOIP_FILE (${file}) is no database of MaxMind's format: ${(error as Error).message}`);
  }
}

/** `XX` means that Cloudflare doesn't know. */
function readCode(header: string | string[] | undefined): string | null {
  const code = String(header ?? '').toUpperCase();
  return /^(?:[A-Z]{2}|T1)$/.test(code) && code !== 'XX' ? code : null;
}
