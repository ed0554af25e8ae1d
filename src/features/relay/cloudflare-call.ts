/** A call of the vendor's API below its base; the result of its envelope. @throws DnsUnavailableError, DnsRefusedError */
export type Call = (method: string, path: string, body?: object) => Promise<unknown>;

export interface CallOptions {
  /** Without a trailing slash. */
  baseUrl: string;
  token: string;
  fetch?: typeof fetch;
  timeoutMs?: number;
  /** Real time, in milliseconds. */
  now?: () => number;
}

export interface CloudflareOptions extends CallOptions {
  zoneId: string;
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

/** Longest wait for an answer, in milliseconds. */
const TIMEOUT_MS = 8_000;
/** Longest that a `Retry-After` is believed, in seconds: the vendor blocks for five minutes at most. */
const LONGEST_BLOCK = 600;
/** What is logged of a refusal, in characters. */
const LONGEST_DETAIL = 500;

/** Makes ways to call Cloudflare. After a 429 none of them goes out before the time that was told is over. */
export function createCloudflareCalls(options: CallOptions): (signal?: AbortSignal) => Call {
  const { baseUrl, token, fetch: send = fetch, timeoutMs = TIMEOUT_MS, now = Date.now } = options;
  let blockedUntil = 0;

  return (signal) => async (method, path, body) => {
    if (now() < blockedUntil) throw new DnsUnavailableError('too many calls: the vendor has told us to wait');
    const patience = AbortSignal.timeout(timeoutMs);
    const answer = await send(`${baseUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      // What we send is for this host alone: an answer that leads elsewhere is one that is refused.
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    })
      .then(async (response) => ({ response, text: await response.text() }))
      .catch((cause: unknown) => {
        throw new DnsUnavailableError(`${method} ${path} got no answer`, { cause });
      });
    if (answer.response.status === 429) blockedUntil = now() + waitOf(answer.response) * 1000;
    return resultOf(`${method} ${path}`, answer.response.status, answer.text);
  };
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
