import { isIPv4 } from 'node:net';
import { Refusal } from './envelope.ts';

/** The part of a record that callers decide. */
export interface RecordInput {
  /** In full and in lower case. */
  name: string;
  type: 'A';
  content: string;
  proxied: boolean;
  /** Seconds; 1 is automatic. */
  ttl: number;
  comment: string | null;
  tags: string[];
}

type Fields = Partial<Record<keyof RecordInput, unknown>>;

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads the body of a call that makes or changes a record. What is left out comes from `before`, else it has the
 * vendor's default or is required.
 *
 * @param zoneName what is appended to names that don't end with it, as the vendor does; undefined: nothing is.
 * @throws Refusal 400 for whatever the vendor would refuse.
 */
export function readRecordInput(body: unknown, zoneName: string | undefined, before?: RecordInput): RecordInput {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal(400, 9207, 'Request body is invalid.');
  }
  const fields: Fields = { ...before, ...body };
  const { type, content, comment = null, tags = [] } = fields;
  if (type !== 'A') throw invalid(9020, 'Invalid DNS record type');
  const name = readName(fields.name, zoneName);
  if (typeof content !== 'string' || !isIPv4(content)) {
    throw new Refusal(400, 9005, 'Content for A record must be a valid IPv4 address.');
  }
  const { proxied = false } = fields;
  if (typeof proxied !== 'boolean') throw invalid(9003, "Invalid 'proxied' value, must be a boolean");
  if (comment !== null && typeof comment !== 'string') throw new Refusal(400, 9207, 'Request body is invalid.');
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) {
    throw new Refusal(400, 9207, 'Request body is invalid.');
  }
  // The TTL of what is proxied is the vendor's own business.
  const ttl = proxied ? 1 : readTtl(fields.ttl);
  return { name, type, content, proxied, ttl, comment, tags };
}

function readName(value: unknown, zoneName: string | undefined): string {
  const given = typeof value === 'string' ? value.toLowerCase() : '';
  const isWhole = zoneName === undefined || given === zoneName || given.endsWith(`.${zoneName}`);
  const name = isWhole ? given : `${given}.${zoneName}`;
  if (name.length > 253 || !name.split('.').every((label) => LABEL.test(label))) {
    throw new Refusal(400, 9000, 'DNS name is invalid.');
  }
  return name;
}

function readTtl(value: unknown = 1): number {
  const isGood = Number.isInteger(value) && (value === 1 || (Number(value) >= 60 && Number(value) <= 86_400));
  if (!isGood) throw invalid(9021, 'TTL must be between 60 and 86400 seconds, or 1 for Automatic.');
  return Number(value);
}

function invalid(code: number, message: string): Refusal {
  return new Refusal(400, 1004, 'DNS Validation Error', { code, message });
}
