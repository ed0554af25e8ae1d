import { isIPv4 } from 'node:net';
import type { CountryResponse } from 'maxmind';

/**
 * Finds the country of a client: an ISO 3166 code, `T1` for Tor; null where nothing is known.
 *
 * @param told what Cloudflare says of it; empty where Cloudflare says nothing.
 */
export type ClientCountry = (address: string, told: string) => string | null;

/**
 * Makes the rule: Cloudflare's CF-IPCountry (https://developers.cloudflare.com/fundamentals/reference/http-headers/, read
 * 2026-11), else the given database, else nothing.
 *
 * @param file a GeoLite2-Country or -City database (.mmdb).
 * @throws Error when the file is none.
 */
export async function createClientCountry(file: string | undefined): Promise<ClientCountry> {
  const database = file === undefined ? undefined : await openDatabase(file);
  return (address, told) => readCode(told) ?? lookUp(database, address);
}

type CountryDatabase = Awaited<ReturnType<typeof openDatabase>>;

function lookUp(database: CountryDatabase | undefined, address: string): string | null {
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
function readCode(header: string): string | null {
  const code = header.toUpperCase();
  return /^(?:[A-Z]{2}|T1)$/.test(code) && code !== 'XX' ? code : null;
}
