import type { AsnResponse } from 'maxmind';
import type { AddressLookup } from '../telemetry/labels.ts';

/**
 * Opens a GeoLite2-ASN database (.mmdb), for the option `lookup` of `createLinkTelemetry` and `createTelemetryPoller`. It
 * needs the package `maxmind`, which doesn't come with the SDK.
 *
 * @param file path of the database; it is read once.
 * @throws Error when `maxmind` isn't installed, or the file can't be read or holds no networks' owners.
 */
export async function openAsnLookup(file: string): Promise<AddressLookup> {
  const { open } = await loadReader();
  const database = await open<AsnResponse>(file);
  const { databaseType, ipVersion } = database.metadata;
  if (!/ASN|ISP/i.test(databaseType)) throw new Error(`${file} is a database of ${databaseType}, not of ASNs`);
  return (address) => {
    // The reader would look for the first bits of an IPv6 address among the IPv4 ones.
    if (ipVersion === 4 && address.includes(':')) return null;
    return database.get(address)?.autonomous_system_organization ?? null;
  };
}

async function loadReader() {
  try {
    return await import('maxmind');
  } catch (cause) {
    throw new Error('looking up ASNs needs the package maxmind: install it beside the SDK', { cause });
  }
}
