/** Which names of networks belong to which carrier, as streamers call it; the first that matches counts. */
export type CarrierTable = readonly (readonly [pattern: RegExp, label: string])[];

/** Finds who runs the network of an IP address, such as `T-Mobile USA, Inc.`; null where it isn't known. */
export type AddressLookup = (address: string) => string | null | undefined;

/** Carriers whose networks are registered under other names than the one on the bill. */
export const CARRIERS: CarrierTable = [
  [/\bt-?mobile/i, 'T-Mobile'],
  [/\bat&?t\b/i, 'AT&T'],
  [/verizon|\bcellco\b/i, 'Verizon'],
  [/\bus cellular|united states cellular/i, 'UScellular'],
  [/space exploration|spacex|starlink/i, 'Starlink'],
  [/comcast/i, 'Comcast'],
  [/charter comm|spectrum/i, 'Spectrum'],
  [/vodafone/i, 'Vodafone'],
  [/telef[oó]nica germany|telef[oó]nica uk|\bo2\b/i, 'O2'],
  [/hutchison 3g/i, 'Three'],
  [/\bee ltd|\bee limited|everything everywhere/i, 'EE'],
  [/docomo/i, 'NTT Docomo'],
  [/softbank/i, 'SoftBank'],
  [/rogers/i, 'Rogers'],
  [/telus/i, 'Telus'],
  [/telstra/i, 'Telstra'],
];

const COMPANY_SUFFIX =
  /[\s,.]+(?:&\s)?(?:inc|l\.?l\.?c|l\.?p|ltd|limited|corp|corporation|co|company|plc|gmbh|ag|kg|ohg|se|s\.?a|s\.?p\.?a|s\.?a\.?s|s\.?r\.?l|b\.?v|n\.?v|a\/s|ab|asa?|oyj?|pty|pte|sdn|bhd|k\.?k|p?jsc|ltda?|s\.?a\.? de c\.?v)\.?$/iu;
/** Four groups of digits, however they are parted, are taken for an IPv4 address; a colon for a sign of IPv6. */
const LIKE_AN_ADDRESS = /(?:\p{Nd}{1,3}\P{Nd}{1,3}){3}\p{Nd}|:|\p{Nd}{8}|0x[\da-f]{6}/iu;
const MAX_LENGTH = 40;

/**
 * What to call a link by who runs its network: a carrier of the table, else the name without company suffixes, at most 40
 * characters. Null where nothing is left, or where there might be an IP address in it.
 *
 * @param carriers looked at before the ones built in.
 */
export function labelOf(organization: string | null | undefined, carriers: CarrierTable = []): string | null {
  if (typeof organization !== 'string') return null;
  const name = plain(organization);
  if (LIKE_AN_ADDRESS.test(name)) return null;
  const carrier = [...carriers, ...CARRIERS].find(([pattern]) => name.search(pattern) >= 0);
  const label = (carrier ? plain(carrier[1]) : withoutSuffixes(name)).slice(0, MAX_LENGTH).trim();
  return /\p{L}/u.test(label) && !LIKE_AN_ADDRESS.test(label) ? label : null;
}

/** Full-width digits and characters that can't be seen could hide an address. */
function plain(text: string): string {
  return text
    .slice(0, 200)
    .normalize('NFKC')
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\p{C}/gu, '')
    .replace(/\p{Z}+/gu, ' ')
    .trim();
}

function withoutSuffixes(name: string): string {
  const shorter = name.replace(COMPANY_SUFFIX, '').replace(/[\s,&]+$/, '');
  return shorter === name || shorter === '' ? name : withoutSuffixes(shorter);
}
