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

export interface CloudflareOptions {
  /** Without a trailing slash. */
  baseUrl: string;
  token: string;
  zoneId: string;
  fetch?: typeof fetch;
  timeoutMs?: number;
  /** Real time, in milliseconds. */
  now?: () => number;
}

/** DNS doesn't answer, or only that it cannot now: to be tried again. */
export class DnsUnavailableError extends Error {
  override name = 'DnsUnavailableError';
}

/** DNS doesn't take what we sent, which an operator may have to mend. Its words are for the log. */
export class DnsRefusedError extends Error {
  override name = 'DnsRefusedError';
  /** The vendor's numbers of what is wrong. */
  readonly codes: readonly number[];

  constructor(message: string, codes: readonly number[]) {
    super(message);
    this.codes = codes;
  }
}

/** How long resolvers may keep an address, in seconds: the shortest that the vendor allows. */
export const TTL_SECONDS = 60;

/** Longest wait for an answer, in milliseconds. */
const TIMEOUT_MS = 8_000;
/** Changes and looks at them before a name that others change as well is left to a later run. */
const ROUNDS = 4;
/** Longest that a `Retry-After` is believed, in seconds: the vendor blocks for five minutes at most. */
const LONGEST_BLOCK = 600;
/** What is logged of a refusal, in characters. */
const LONGEST_DETAIL = 500;
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

type Call = (method: string, path: string, body?: object) => Promise<unknown>;

/**
 * Names at Cloudflare: https://developers.cloudflare.com/api/resources/dns/subresources/records. After a 429 no call of
 * this client goes out before the time that was told is over.
 */
export function createCloudflare(options: CloudflareOptions): DnsClient {
  const { baseUrl, token, zoneId, fetch: send = fetch, timeoutMs = TIMEOUT_MS, now = Date.now } = options;
  const records = `/zones/${zoneId}/dns_records`;
  let blockedUntil = 0;

  const callWith =
    (signal?: AbortSignal): Call =>
    async (method, path, body) => {
      if (now() < blockedUntil) throw new DnsUnavailableError('too many calls: the vendor has told us to wait');
      const patience = AbortSignal.timeout(timeoutMs);
      const answer = await send(`${baseUrl}${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
      })
        .then(async (response) => ({ response, text: await response.text() }))
        .catch((cause: unknown) => {
          throw new DnsUnavailableError(`${method} ${path} got no answer`, { cause });
        });
      if (answer.response.status === 429) blockedUntil = now() + waitOf(answer.response) * 1000;
      return resultOf(`${method} ${path}`, answer.response.status, answer.text);
    };

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

/** Seconds to wait by `Retry-After`; without one that can be read, a minute. */
function waitOf({ headers }: Response): number {
  const told = Number(headers.get('Retry-After') ?? Number.NaN);
  return Number.isFinite(told) ? Math.min(Math.max(told, 0), LONGEST_BLOCK) : 60;
}

function resultOf(call: string, status: number, text: string): unknown {
  if (status === 429 || status >= 500) throw new DnsUnavailableError(`${call} was answered ${status}`);
  const answer = parse(text);
  if (status < 300 && answer?.success === true) return answer.result;
  if (status < 300) throw new DnsUnavailableError(`${call} was answered without success`);
  const codes = (answer?.errors ?? []).map(({ code }) => code);
  throw new DnsRefusedError(`${call} was answered ${status}: ${text.slice(0, LONGEST_DETAIL)}`, codes);
}

interface Envelope {
  success?: boolean;
  result?: unknown;
  errors?: { code: number }[];
}

function parse(text: string): Envelope | null {
  try {
    return JSON.parse(text) as Envelope;
  } catch {
    return null;
  }
}
