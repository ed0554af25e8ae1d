import { createHmac } from 'node:crypto';

/** An access token taken apart (RFC 7515, section 3.1). */
export interface TokenParts {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
}

/** Reads a token without verifying it. */
export function readAccessToken(token: string): TokenParts {
  const [header = '', payload = ''] = token.split('.');
  return { header: decode(header), payload: decode(payload) };
}

/** Signs by hand, whatever the header says of the algorithm. */
export function signAccessToken({ header, payload }: TokenParts, secret: string, digest = 'sha256'): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac(digest, secret).update(signed).digest('base64url')}`;
}

/** The same token without a signature. */
export function unsignedAccessToken({ header, payload }: TokenParts): string {
  return `${encode(header)}.${encode(payload)}.`;
}

function encode(part: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}
