import {
  type Call,
  type CloudflareOptions,
  createCloudflareCalls,
  DnsRefusedError,
  DnsUnavailableError,
} from './cloudflare-call.ts';

export { type CloudflareOptions, DnsRefusedError, DnsUnavailableError } from './cloudflare-call.ts';

/** Where names of relays are kept. */
export interface DnsClient {
  /**
   * Makes a name lead to one address and to nothing else. It may be repeated, and answers that get lost do no harm.
   *
   * @param hostname in full and in lower case.
   * @param ip IPv4.
   * @throws DnsUnavailableError, DnsRefusedError
   */
  upsertA(hostname: string, ip: string, signal?: AbortSignal): Promise<void>;
}

/** How long resolvers may keep an address, in seconds: the shortest that the vendor allows. */
export const TTL_SECONDS = 60;

/** Changes and looks at them before a name that others change as well is left to a later run. */
const ROUNDS = 4;
/** The vendor's numbers for a record that is there already (the former of old), and for one that isn't any more. */
const OUTRUN = [81057, 81058, 81044];

interface DnsRecord {
  id: string;
  name: string;
  type: string;
  content: string;
  ttl: number;
  proxied: boolean;
}

/**
 * Names at Cloudflare: https://developers.cloudflare.com/api/resources/dns/subresources/records. After a 429 no call of
 * this client goes out before the time that was told is over.
 */
export function createCloudflare(options: CloudflareOptions): DnsClient {
  const records = `/zones/${options.zoneId}/dns_records`;
  const callWith = createCloudflareCalls(options);

  const list = async (call: Call, hostname: string): Promise<DnsRecord[]> => {
    const query = new URLSearchParams({ type: 'A', 'name.exact': hostname, per_page: '100' });
    const found = await call('GET', `${records}?${query}`);
    if (!Array.isArray(found)) throw new DnsUnavailableError('the list of records is none');
    // A filter that the vendor doesn't know filters nothing, and then all names would be ours to change.
    return (found as DnsRecord[]).filter(({ type, name }) => type === 'A' && name === hostname);
  };

  return {
    async upsertA(hostname, ip, signal) {
      const call = callWith(signal);
      const wanted = { content: ip, ttl: TTL_SECONDS, proxied: false };
      // Whoever else writes this name at the same time looks behind its own change too: the last one to look sees all.
      for (let round = 1; round <= ROUNDS; round += 1) {
        const present = await list(call, hostname);
        // The one that is right already, or will be with the fewest changes.
        const kept = present.find((record) => record.content === ip) ?? present[0];
        if (kept && present.length === 1 && isAs(kept, wanted)) return;
        if (!kept) await unlessOutrun(call('POST', records, { type: 'A', name: hostname, ...wanted }));
        else if (!isAs(kept, wanted)) await unlessOutrun(call('PATCH', `${records}/${kept.id}`, wanted));
        for (const { id } of present.filter((record) => record !== kept)) {
          await unlessOutrun(call('DELETE', `${records}/${id}`));
        }
      }
      throw new DnsUnavailableError(`${hostname} is being changed by others too`);
    },
  };
}

function isAs(record: DnsRecord, wanted: Pick<DnsRecord, 'content' | 'ttl' | 'proxied'>): boolean {
  return record.content === wanted.content && record.ttl === wanted.ttl && record.proxied === wanted.proxied;
}

/** Someone was quicker: the next look shows what there is now. */
async function unlessOutrun(call: Promise<unknown>): Promise<void> {
  await call.catch((error) => {
    if (!(error instanceof DnsRefusedError && error.codes.some((code) => OUTRUN.includes(code)))) throw error;
  });
}
