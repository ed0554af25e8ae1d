import type { Fault } from '../vendor-server/faults.ts';
import { listenAsVendor, type VendorAnswer, type VendorCall } from '../vendor-server/server.ts';
import { API_ROOT, createApi } from './api.ts';
import { fail, Refusal } from './envelope.ts';
import { readRecordInput } from './record-input.ts';
import { createRecordStore, type DnsRecord } from './records.ts';
import type { OriginRule } from './rulesets.ts';

export type { Fault, FaultKind } from '../vendor-server/faults.ts';
export type { VendorCall } from '../vendor-server/server.ts';
export type { DnsRecord } from './records.ts';

export interface CloudflareOptions {
  /** 32 hexadecimal digits. */
  zoneId: string;
  token: string;
  /** Given, it is appended to names that don't end with it. Default: names are taken as they are. */
  zoneName?: string;
  /** Default 0: any free port. */
  port?: number;
  faults?: Fault[];
  /** Rules of the phase http_request_origin; default: none. */
  originRules?: OriginRule[];
  /** Decides, with its numbers from 0 up to 1, which calls a fault with a share hits; default `Math.random`. */
  random?: () => number;
  /** Of the records' times; default: real time. */
  clock?: { now(): Date };
}

/** A small Cloudflare with one zone. */
export interface Cloudflare {
  /** The base that stands for https://api.cloudflare.com/client/v4. */
  url: string;
  /** Copies of what is in the zone, in the order in which it was made. */
  records(): DnsRecord[];
  /** Makes a record as if by another hand; see the API for what may be left out. */
  addRecord(input: { name: string; content: string; ttl?: number; proxied?: boolean }): DnsRecord;
  /** Copies of the origin rules. */
  originRules(): OriginRule[];
  calls: VendorCall[];
  /** What calls run into. It may be replaced or changed at any time. */
  faults: Fault[];
  close(): Promise<void>;
}

const RULESET_ID = 'f0'.repeat(16);

/** Starts a Cloudflare API on 127.0.0.1 that knows the DNS records and origin rules of one zone. */
export async function startCloudflare(options: CloudflareOptions): Promise<Cloudflare> {
  const { zoneId, token, zoneName, port = 0, random = Math.random, clock = { now: () => new Date() } } = options;
  const records = createRecordStore(() => clock.now());
  const rulesets = { id: RULESET_ID, rules: structuredClone(options.originRules ?? []) };
  const calls: VendorCall[] = [];
  const server = await listenAsVendor({
    ip: '127.0.0.1',
    port,
    serve: createApi({ id: zoneId, name: zoneName, token }, records, rulesets),
    refuse,
    faultsNow: () => cloudflare.faults,
    random,
    calls,
  });
  const cloudflare: Cloudflare = {
    url: `http://127.0.0.1:${server.port}${API_ROOT}`,
    records: () => structuredClone(records.list()),
    addRecord: (input) => structuredClone(records.create(readRecordInput({ type: 'A', ...input }, zoneName))),
    originRules: () => structuredClone(rulesets.rules),
    calls,
    faults: options.faults ?? [],
    close: server.close,
  };
  return cloudflare;
}

/**
 * What comes with 429: https://developers.cloudflare.com/fundamentals/api/reference/limits. For its own failures the
 * vendor tells no fixed code; callers must go by the status.
 */
function refuse({ kind, status = 500, retryAfterSeconds = 60 }: Fault): VendorAnswer {
  if (kind !== 'throttled') return fail(new Refusal(status, 1000, 'Internal server error'));
  const refusal = new Refusal(429, 971, 'Please wait and consider throttling your request speed');
  return fail(refusal, { 'Retry-After': String(retryAfterSeconds) });
}
